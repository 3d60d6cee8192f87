import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BacktestReport } from '../../src/domain/backtest.ts';
import { JudgeRules } from '../../src/domain/rule.ts';
import {
  ADMIN_KEY,
  addressOf,
  createProgramHome,
  feed,
  type ProgramHome,
  type Started,
} from '../support/program.ts';

// One server and its command line: the tests of this file follow each other.
describe('rules of one’s own, from the command line to the findings', () => {
  let home: ProgramHome;
  let server: Started;
  let address: string;
  const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' };

  beforeAll(async () => {
    home = await createProgramHome();
    server = home.start();
    address = await addressOf(server);
    await server.says(/the worst risks:/);
  });
  afterAll(() => home.remove());

  const own = (state: 'open' | 'resolved') =>
    feed(address, `/v1/findings?kind=custom-rule&state=${state}`);

  it('tries a rule on the stored history before it is switched on', async () => {
    const { code, out } = await home.run(['backtest', '--rule', 'duration > 0 s', '--json']);
    expect(code).toBe(0);
    const report = BacktestReport.parse(JSON.parse(out));
    expect(report.runs).toBeGreaterThan(100);
    const rule = report.kinds.find(({ kind }) => kind === 'custom-rule');
    expect(rule).toMatchObject({ rule: 'duration-0-s', today: { findings: 0 } });
    expect(rule?.added).toBeGreaterThan(0);
    expect(rule?.removed).toBe(0);
    const { failure, streak, missed } = report.today.troubles;
    expect(failure.caught + streak.caught + missed.caught).toBeGreaterThan(0);
    expect(await own('open')).toEqual([]);
  });

  it('saves a rule, which judges at once, and says when none was ever met', async () => {
    const saved = await home.run([
      'rules',
      'save',
      'any-run',
      'duration >= 0 s',
      '--severity',
      'low',
    ]);
    expect([saved.code, saved.err]).toEqual([0, expect.not.stringContaining('warning')]);
    const findings = await own('open');
    expect(findings.length).toBeGreaterThan(0);
    expect(findings[0]).toMatchObject({ severity: 'low', state: 'open' });
    expect(String(findings[0]?.['sentence'])).toContain('meets the rule any-run (duration >= 0 s)');
    const never = await home.run(['rules', 'save', 'never', 'hour > 5 and hour < 5']);
    expect(never.err).toContain(
      'warning: never: no run can ever meet it: hour cannot be > 5 and < 5',
    );
    const wrong = await home.run(['rules', 'save', 'wrong', 'duraton > 5']);
    expect(wrong.code).not.toBe(0);
    expect(wrong.err).toContain('did you mean duration?');
  });

  it('shows rules, settings and every change over HTTP', async () => {
    const reply = await fetch(`${address}/v1/rules`, { headers });
    const { rules } = JudgeRules.parse(await reply.json());
    expect(rules.map(({ name }) => name)).toEqual(['any-run', 'never']);
    const put = (settings: object) =>
      fetch(`${address}/v1/judge-settings`, {
        method: 'PUT',
        headers,
        body: JSON.stringify(settings),
      });
    const refused = await put({ 'size-drp': { leastLoss: 0.5 } });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain('did you mean size-drop?');
    expect((await put({ 'size-drop': { leastLoss: 0.5 } })).status).toBe(204);
    const { out } = await home.run(['rules', 'settings']);
    expect(out).toMatch(/size-drop\.leastLoss +0\.5 +0\.4/);
    const changes = await feed(address, '/v1/rule-changes');
    expect(changes.map(({ subject, name }) => [subject, name])).toEqual([
      ['settings', null],
      ['rule', 'never'],
      ['rule', 'any-run'],
    ]);
    const asked = { method: 'POST', headers, body: JSON.stringify({ rules: [], since: 'x' }) };
    expect((await fetch(`${address}/v1/backtests`, asked)).status).toBe(400);
  });

  it('removes a rule, and its findings end', async () => {
    expect((await home.run(['rules', 'remove', 'any-run'])).code).toBe(0);
    expect(await own('open')).toEqual([]);
    const resolved = await own('resolved');
    expect(resolved.length).toBeGreaterThan(0);
    for (const { events } of resolved)
      expect(JSON.stringify(events)).toContain('the rule was removed');
  });
});
