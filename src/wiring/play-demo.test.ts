import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { takeLock } from '../store/embedded/lock.ts';
import { demoNameOf, forgetDemo } from './play-demo.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'plimsoll-demo-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

it('begins at home, or where it is told to', () => {
  expect(demoNameOf(directory, undefined)).toBe('home');
  expect(demoNameOf(directory, 'company')).toBe('company');
});

it('goes on with the world that was begun, and never mixes two', async () => {
  await mkdir(join(directory, 'world'), { recursive: true });
  await writeFile(join(directory, 'world', 'world.json'), '{}');
  expect(demoNameOf(directory, undefined)).toBe('home');
  expect(() => demoNameOf(directory, 'company')).toThrow(
    'this demo was begun with the world home, not company',
  );
  await rm(join(directory, 'world', 'world.json'));
  await mkdir(join(directory, 'world', 'company'));
  expect(demoNameOf(directory, undefined)).toBe('company');
  expect(() => demoNameOf(directory, 'home')).toThrow('begun with the world company');
});

it('is not forgotten while a process holds it, though that one answers nobody', async () => {
  const kept = join(directory, 'world', 'world.json');
  await mkdir(join(directory, 'world'));
  await writeFile(kept, '{}');
  const lock = await takeLock(join(directory, 'lock'));
  await expect(forgetDemo(directory)).rejects.toMatchObject({
    code: 'store-locked',
    details: { pid: process.pid },
  });
  expect(existsSync(kept)).toBe(true);
  await lock.release();
  await forgetDemo(directory);
  expect(existsSync(directory)).toBe(false);
  await forgetDemo(directory);
});
