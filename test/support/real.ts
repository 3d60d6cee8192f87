/** Whether a suite that needs a real program may run: says what is skipped, and under CI=true refuses to skip. */
export function requireReal(name: string, found: boolean): boolean {
  if (found) return true;
  if (process.env['CI'] === 'true')
    throw new Error(`${name} must run under CI=true and was not found`);
  console.log(`skipped: ${name} not found`);
  return false;
}
