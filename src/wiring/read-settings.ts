import { readConfig, ledgerFiles, type Config } from '../config.ts';

/** The settings, with those that only the ledger can check. Throws AppError `invalid-setting` that names all at fault. */
export async function readSettings(
  environment: Record<string, string | undefined>,
): Promise<Config> {
  const given = ledgerFiles(environment);
  if (given.prices === undefined && given.grid === undefined) return readConfig(environment);
  const { ledgerMistakes } = await import('./ledger.ts');
  return readConfig(environment, ledgerMistakes(given));
}
