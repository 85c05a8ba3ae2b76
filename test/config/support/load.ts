import { join } from 'node:path';

import { type LoadedConfig, loadConfig } from '../../../src/config/load-config.ts';
import { folderWith } from './folder.ts';
import { configError } from './thrown.ts';

/** Loads a configuration file with this text, with other files beside it. */
export async function load(
  text: string,
  others: Readonly<Record<string, string>> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<LoadedConfig & { readonly folder: string }> {
  const folder = await folderWith({ 'medic.yml': text, ...others });
  return { folder, ...(await loadConfig(join(folder, 'medic.yml'), env)) };
}

/** The messages about a configuration file with this text, paths relative to its folder. */
export async function problems(text: string, others: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const folder = await folderWith({ 'medic.yml': text, ...others });
  const message = await configError(() => loadConfig(join(folder, 'medic.yml'), {}));
  return message.replaceAll(`${folder}/`, '').split('\n');
}
