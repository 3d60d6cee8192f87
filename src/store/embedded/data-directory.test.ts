import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDataDirectory } from './data-directory.ts';

describe('the data directory', () => {
  let base = '';
  beforeAll(async () => {
    base = await mkdtemp(join(tmpdir(), 'plimsoll-data-'));
  });
  afterAll(() => rm(base, { recursive: true, force: true }));

  it('is made with all that leads to it, for its user only, and may be there already', async () => {
    const directory = join(base, 'a', 'b');
    await openDataDirectory(directory);
    await openDataDirectory(directory);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });

  it('is refused where none can be made', async () => {
    await expect(openDataDirectory('/proc/plimsoll/data')).rejects.toThrow(
      '/proc/plimsoll/data cannot be written',
    );
  });

  it('is refused where a file is', async () => {
    const file = join(base, 'file');
    await writeFile(file, '');
    await expect(openDataDirectory(file)).rejects.toMatchObject({ code: 'invalid-setting' });
    await expect(openDataDirectory(join(file, 'below'))).rejects.toMatchObject({
      message: `${join(file, 'below')} cannot be written (ENOTDIR)`,
    });
  });
});
