/** One cluster in the configuration file or in a file of clusters. */

import { normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

import { z } from 'zod';

import { httpSchema } from './http-schema.ts';
import { orVariable, ownName, refuse, text, unique } from './scalars.ts';

const address = z
  .string()
  .transform((written, context) => {
    const url = /^https?:\/\//i.test(written) ? URL.parse(written) : null;
    if (url === null) return refuse(context, 'must be a URL such as http://jobmanager:8081 (http or https)');
    if (url.username !== '' || url.password !== '') {
      return refuse(context, 'must not contain credentials; they belong under http: basic_auth');
    }
    if (url.search !== '' || url.hash !== '') return refuse(context, 'must not have a query or a fragment');
    return url.href.replace(/\/+$/, '');
  })
  .meta({ pattern: orVariable('https?://.+') });

/** A path, made comparable; relative ones are relative to the file's folder. */
const archive = text.transform((written, context) => {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):/.exec(written)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'file') {
    return refuse(context, `must be a path or a file:// URL; mount the ${scheme} folder and give its path`);
  }
  const path = scheme === undefined ? written : pathOfUrl(written);
  if (path === undefined) return refuse(context, 'must be a file:// URL without a host, such as file:///flink/archive');
  if (path.includes('\0')) return refuse(context, 'must not contain control characters');
  return { configured: written, path: normalize(path).replace(/(?<=.)\/+$/, '') };
});

function pathOfUrl(written: string): string | undefined {
  try {
    return /^file:\//i.test(written) ? fileURLToPath(written) : undefined;
  } catch {
    return undefined;
  }
}

export const clusterSchema = z
  .strictObject({
    name: ownName
      .refine(
        (name) => name !== '.' && name !== '..',
        'must not be "." or "..", which clients resolve away in addresses',
      )
      .describe('Name of the cluster: the label flink_cluster, and part of addresses'),
    jobmanagers: z
      .array(address)
      .superRefine(unique((url) => url))
      .prefault([])
      .describe('REST addresses of all JobManagers of an HA set; none when only archives are watched'),
    archives: z
      .array(archive)
      .superRefine(unique((folder) => folder.path))
      .optional()
      .describe(
        'Folders (path or file:// URL) of jobmanager.archive.fs.dir. Left out: the folder that the JobManager names, when it is readable here; []: none',
      ),
    history_server: address
      .optional()
      .describe(
        'Address of a Flink HistoryServer that reads the archives of the cluster; named at every cluster whose archives it shows',
      ),
    http: httpSchema
      .prefault({})
      .describe('Credentials, certificates and proxy for the JobManagers and the HistoryServer'),
    expected_jobs: z
      .array(text)
      .superRefine(unique((job) => job))
      .prefault([])
      .describe('Names of jobs that should always run'),
  })
  .superRefine((cluster, context) => {
    const { jobmanagers, archives = [], history_server: historyServer } = cluster;
    if (jobmanagers.length === 0 && archives.length === 0 && historyServer === undefined) {
      refuse(context, 'needs an address under jobmanagers, a folder under archives, or a history_server');
    }
  })
  .meta({ id: 'cluster', description: 'A Flink cluster' });

/** A cluster as its schema returns it: checked, not yet resolved against the file's folder. */
export type ClusterInput = z.output<typeof clusterSchema>;

/** A file of clusters: a map with `clusters`, or just the list. */
export const clusterMapSchema = z.strictObject({ clusters: z.array(clusterSchema).prefault([]) });
export const clusterListSchema = z.array(clusterSchema);
