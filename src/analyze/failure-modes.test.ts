import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FINDING_KINDS } from '../domain/words.ts';
import { plantedFaults as companyFaults } from '../world/company/company-faults.ts';
import { plantedFaults as homeFaults } from '../world/home/planted-faults.ts';

interface Row {
  code: string;
  kinds: string[];
  /** There is no finding, for a reason given. */
  none: boolean;
  rules: string[];
  proofs: { file: string; name: string }[];
  planted: string[];
  cells: number;
}

const quoted = (cell: string): string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);

function rowOf(line: string): Row {
  const cells = line.slice('| '.length, -' |'.length).split(' | ');
  const [code = '', , , finding = '', rule = '', proof = '', demo = ''] = cells;
  const none = finding.startsWith('none: ');
  return {
    code,
    none,
    kinds: none ? [] : quoted(finding),
    rules: quoted(rule),
    proofs: [...proof.matchAll(/`([^`]+)` “(.+?)”(?=<br>|$)/g)].map(([, file = '', name = '']) => ({
      file,
      name,
    })),
    planted: quoted(demo),
    cells: cells.length,
  };
}

const read = (path: string): string => readFileSync(path, 'utf8');
const rows = read('docs/reference/failure-modes.md')
  .split('\n')
  .filter((line) => line.startsWith('| FM-'))
  .map(rowOf);
const each = <T>(of: (row: Row) => T[]): [string, T][] =>
  rows.flatMap((row) => of(row).map((one): [string, T] => [row.code, one]));
const rowWith = (code: string | undefined): Row | undefined =>
  rows.find((row) => row.code === code);

interface Planted {
  kind: string;
  cause?: string | null;
}
const SEEDS = Array.from({ length: 40 }, (_, seed) => seed + 1);
const planted = new Map<string, Planted>([
  ...SEEDS.flatMap((seed) =>
    homeFaults(seed).map((fault): [string, Planted] => [`home ${fault.script}`, fault]),
  ),
  ...companyFaults(1).map((fault): [string, Planted] => [
    `company ${fault.engine}/${fault.script}`,
    fault,
  ]),
]);

describe('docs/reference/failure-modes.md', () => {
  it('has each failure mode once, in order', () => {
    const codes = Array.from({ length: 37 }, (_, n) => `FM-${String(n + 1).padStart(2, '0')}`);
    expect(rows.map(({ code }) => code)).toEqual(codes);
  });

  it('says of each what shows it, by which rule and proof, or why there is no finding', () => {
    expect(rows.filter(({ cells }) => cells !== 7)).toEqual([]);
    const bare = rows.filter(({ kinds, rules, proofs, none }) => {
      const least = Math.min(kinds.length, rules.length, proofs.length);
      return !none && least === 0;
    });
    expect(bare.map(({ code }) => code)).toEqual([]);
  });

  it('names finding kinds that there are', () => {
    const known = new Set<string>(FINDING_KINDS);
    expect(each(({ kinds }) => kinds).filter(([, kind]) => !known.has(kind))).toEqual([]);
  });

  it('names every kind of finding, with a code or without', () => {
    const page = read('docs/reference/failure-modes.md');
    const last = page.slice(page.indexOf('\nFindings without a code'));
    const named = new Set([...rows.flatMap(({ kinds }) => kinds), ...quoted(last)]);
    expect(FINDING_KINDS.filter((kind) => !named.has(kind))).toEqual([]);
  });

  it('names rules that there are, for each kind the one that makes it', () => {
    expect(each(({ rules }) => rules).filter(([, path]) => !existsSync(path))).toEqual([]);
    const unmade = each(({ kinds, rules }) =>
      kinds.filter((kind) => !rules.some((path) => path.endsWith(`/${kind}.ts`))),
    );
    expect(unmade).toEqual([]);
  });

  it.each(each(({ proofs }) => proofs))('%s is proven by a test that there is: %j', (_, proof) => {
    const titles = [...read(proof.file).matchAll(/\(\s*'((?:[^'\\\n]|\\.)+)'/g)];
    expect(titles.map(([, title]) => title)).toContain(proof.name);
  });

  it('rests on lines of logs only where each mode has one that is tested', () => {
    const tested = read('src/analyze/causes.test.ts');
    const resting = each(({ proofs }) => proofs).filter(
      ([, { name }]) => name === '%s is shown by %j',
    );
    expect(
      resting.filter(
        ([code]) => !tested.includes(`['${code}'`) && !tested.includes(`'${code}',\n`),
      ),
    ).toEqual([]);
  });

  it('lists every rule that names a mode as a cause', () => {
    const naming = globSync('src/analyze/**/*.ts', { exclude: ['**/*.test.ts'] }).flatMap((path) =>
      [...read(path).matchAll(/(?<!=== )'(FM-\d\d)'/g)].map(([, code]) => ({ code, path })),
    );
    expect(naming.length).toBeGreaterThan(30);
    expect(naming.filter(({ code, path }) => !rowWith(code)?.rules.includes(path))).toEqual([]);
  });

  it.each(each((row) => row.planted))('%s is planted: %s', (code, name) => {
    const fault = planted.get(name);
    expect(rowWith(code)?.kinds).toContain(fault?.kind);
    expect([code, undefined, null]).toContain(fault?.cause);
  });

  it('lists every planted fault that has a mode as its cause', () => {
    const unlisted = [...planted].filter(
      ([name, { cause }]) => cause && !rowWith(cause)?.planted.includes(name),
    );
    expect(unlisted.map(([name, { cause }]) => `${cause} ${name}`)).toEqual([]);
  });
});
