/** Whether a suite that needs a real program may run: says what is skipped, and under CI=true refuses to skip. */
export function requireReal(name: string, found: boolean): boolean {
  if (found) return true;
  if (process.env['CI'] === 'true')
    throw new Error(`${name} must run under CI=true and was not found`);
  console.log(`${SKIPPED}${name}`);
  return false;
}

const SKIPPED = 'not found, its tests are skipped: ';

/** What `requireReal` has said was not found, from what a suite wrote. */
export function whatIsMissing(written: string): string[] {
  const lines = written.split('\n').filter((line) => line.startsWith(SKIPPED));
  return lines.map((line) => line.slice(SKIPPED.length));
}
