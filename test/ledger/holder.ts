/** A process that opens the ledger given as its argument and holds it until it is killed. */

import { openSqliteLedger } from '../../src/ledger/sqlite/open.ts';

await openSqliteLedger(process.argv[2] ?? '');
process.stdout.write('open\n');
process.stdin.resume();
