/**
 * The rows of the table in `docs/truth.md` by which a run's state was decided. `explain` names the row, so that nobody
 * has to take a state on trust.
 */
export const RULES = {
  listed: 'Listed by a JobManager and not ended: the state is what it says.',
  listed_ended: 'Listed by a JobManager as ended: final, source live.',
  suspended: 'SUSPENDED is not final: another JobManager may resume the run.',
  missing_found: 'Missing from the list, but the JobManager knows it by id: the state is what that answer says.',
  missing_unanswered: 'Missing from the list, and asking by id gave neither 200 nor 404: UNKNOWN, not final.',
  identity_pending:
    'Listed with a new start time, and its checkpoints do not yet say whether it is the same run: UNKNOWN, not final.',
  deposed:
    'Listed with the start time of an earlier life, by a JobManager that was deposed and does not know it yet: UNKNOWN, not final.',
  not_listed: 'Missing from the list and 404 by id, no archive so far: UNKNOWN, not final.',
  not_listed_archive:
    'Missing from the list and 404 by id, and an archive of this run: final, source archive or history_server.',
  vanished:
    'Missing for longer than the grace time, and a complete scan of every archive since then found nothing of it: final, nobody knows how it ended.',
  unreachable: 'No JobManager answers and there is no archive: UNKNOWN, never final, asked again for ever.',
  unreachable_archive: 'No JobManager answers, and an archive of this run: final, source archive or history_server.',
  archive_late: 'An archive of this run appeared later: its outcome replaces what was believed before.',
  listed_again: 'Listed again after it had vanished (HA recovery): live again, its counters go on.',
  archive_only: 'Never seen alive, known from its archive: final, source archive or history_server.',
  replaced: 'The same id runs again with other state: this run is over, and nothing says how it ended.',
} as const;

export type RuleId = keyof typeof RULES;
