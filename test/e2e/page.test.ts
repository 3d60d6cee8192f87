import axe from 'axe-core';
import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApp } from '../../src/http/app.ts';
import { startServer, type RunningServer } from '../../src/http/server.ts';
import { createFakeServices, type FakeServices } from '../support/fake-services.ts';
import { requireReal } from '../support/real.ts';

const CHROMIUM = process.env['CHROMIUM_BIN'] ?? '/usr/bin/chromium';
const SHOTS = process.env['SCREENSHOTS'];

interface AxeResult {
  violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
}

describe.runIf(requireReal('Chromium', existsSync(CHROMIUM)))('the page in Chromium', () => {
  let browser: Browser;
  let context: BrowserContext;
  let services: FakeServices;
  let server: RunningServer;
  let mistakes: string[];

  beforeAll(async () => {
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    browser = await chromium.launch({ executablePath: CHROMIUM, args });
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    services = createFakeServices();
    const app = createApp(services, {
      host: '127.0.0.1',
      clock: { now: () => new Date() },
      pollMilliseconds: 100,
    });
    server = await startServer(app, { host: '127.0.0.1', port: 0 });
    mistakes = [];
  });
  afterEach(async () => {
    await context.close();
    await server.close();
    if (mistakes.length > 0) throw new Error(`the page made mistakes: ${mistakes.join('; ')}`);
  });

  async function openPage(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    // axe is handed to the page by the debugger, past the policy that forbids foreign scripts.
    context = await browser.newContext({ reducedMotion: 'reduce', ...options });
    const page = await context.newPage();
    page.on('pageerror', (error) => mistakes.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy/i.test(message.text())) mistakes.push(message.text());
    });
    return page;
  }
  async function signedIn(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    const page = await openPage(options);
    await page.goto(`${server.url}/sign-in?token=${services.issueLink()}`);
    await page.locator('.claim').first().waitFor();
    return page;
  }
  it('tells a stranger how to get a link, and refuses a spent one', async () => {
    const page = await openPage();
    await page.goto(server.url);
    expect(await page.locator('main').innerText()).toContain('npx plimsoll sign-in');
    expect(await axeFaults(page)).toEqual([]);
    await shoot(page, 'sign-in');
    await page.goto(`${server.url}/sign-in?token=spent`);
    expect(await page.getByRole('alert').innerText()).toContain('already used');
  });

  it('ranks claims, opens one with its evidence and sums, and keeps an acknowledgement', async () => {
    const page = await signedIn();
    expect(page.url()).toBe(`${server.url}/`);
    const names = await page.locator('.claim .app').allInnerTexts();
    expect(names.slice(0, 3)).toEqual(['vaultwarden', 'immich', 'paperless']);
    await page.getByRole('button', { name: /^immich/ }).focus();
    await page.keyboard.press('Enter');
    const panel = page.locator('#panel-claim-immich');
    await panel.getByText('The repository is locked (FM-01)').waitFor();
    expect(await panel.locator('tfoot').innerText()).toMatch(/Sum\s+61\.0/);
    expect(await panel.innerText()).toContain('87.0 MiB');
    await panel.getByLabel('Note (optional)').fill('known, Jo is on it');
    await panel.getByRole('button', { name: 'Acknowledge' }).click();
    await panel.getByText('“known, Jo is on it”').waitFor();
    expect(services.world.findings.find((one) => one.findingId === 'finding-1')?.state).toBe(
      'acknowledged',
    );
    await panel.getByRole('button', { name: 'Open again' }).waitFor();
  });

  it('shows a change without being asked, keeps the keyboard where it was, and says when it lost the line', async () => {
    const page = await signedIn();
    await page.getByRole('button', { name: /^gitea/ }).focus();
    services.world.risks = services.world.risks.map((one) =>
      one.namespace === 'gitea' ? { ...one, score: 99 } : one,
    );
    services.world.revision += 1;
    await page.locator('.claim').first().getByText('gitea', { exact: true }).waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('claim-claim-gitea');
    await server.close();
    await page.getByText('Connection lost').waitFor();
  });

  it('narrows by severity and by words', async () => {
    const page = await signedIn();
    await page.getByRole('button', { name: /^critical/ }).click();
    await expect.poll(() => page.locator('.claim').count()).toBe(2);
    await page.getByPlaceholder('App, claim or namespace').fill('immich');
    await expect.poll(() => page.locator('.claim').count()).toBe(1);
    await page.getByPlaceholder('App, claim or namespace').fill('nothing such');
    await page.getByText('No claim matches').waitFor();
  });

  it('never calls a claim well whose policy has stopped, and names the finding', async () => {
    const [finding] = services.world.findings;
    const sentence = 'The schedule has stopped.';
    const ofPolicy = { policyId: 'policy-gitea', resourceId: null, resource: null, sentence };
    services.world.findings = [{ ...finding!, findingId: 'of-policy', ...ofPolicy }];
    services.world.risks = services.world.risks.map((one) =>
      one.namespace === 'gitea'
        ? { ...one, openFindings: 0, worstSeverity: null, rpoAchievedSeconds: 999_999 }
        : one,
    );
    const page = await signedIn();
    const row = page.locator('.claim', { has: page.getByRole('button', { name: /^gitea/ }) });
    expect(await row.locator('.sentence').first().innerText()).toBe(
      'No finding of its own, but the newest copy is over its target age.',
    );
    expect(await row.locator('[data-coverage=troubled]').count()).toBe(1);
    await row.getByRole('button', { name: /^gitea/ }).click();
    const link = page.locator('#panel-claim-gitea').getByRole('link', { name: sentence });
    expect(await link.getAttribute('href')).toBe('#finding-of-policy');
    expect(await page.locator('#finding-of-policy').innerText()).toBe(sentence);
    expect(await axeFaults(page)).toEqual([]);
    await page.locator('#beside').getByRole('button', { name: 'Acknowledge' }).click();
    await expect.poll(() => page.locator('#finding-of-policy').count()).toBe(0);
    expect(await page.locator('#panel-claim-gitea').innerText()).toContain(sentence);
    expect(await link.count()).toBe(0);
  });

  it('keeps many clusters from pushing the claims off the screen', async () => {
    const [cluster] = services.world.clusters;
    services.world.clusters = Array.from({ length: 20 }, (_, n) => {
      return { ...cluster!, clusterId: `c${n}`, name: `cluster-${n}`, problems: [] };
    });
    const page = await signedIn();
    const list = page.locator('details.clusters');
    expect(await list.locator('summary').innerText()).toContain(
      '20 clusters, least recently judged',
    );
    expect(await list.getByText('cluster-19').isVisible()).toBe(false);
    await list.locator('summary').click();
    services.world.revision += 1;
    await expect.poll(() => list.getByText('cluster-19').isVisible()).toBe(true);
    expect(await axeFaults(page)).toEqual([]);
  });

  it('teaches when there is nothing, and never calls the unknown healthy', async () => {
    Object.assign(services.world, { clusters: [], risks: [], findings: [], recommendations: [] });
    const page = await openPage();
    await page.goto(`${server.url}/sign-in?token=${services.issueLink()}`);
    await page.getByText('KUBECONFIG=~/.kube/config npm start').waitFor();
    expect(await page.locator('h1').innerText()).toBe('No cluster is being read yet');
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [360, 1_280]) {
      it(`is accessible and fits ${width} px in ${colorScheme}`, async () => {
        const page = await signedIn({ colorScheme, viewport: { width, height: 800 } });
        await shoot(page, `list-${colorScheme}-${width}`);
        await page.getByRole('button', { name: /^immich/ }).click();
        await page.locator('#panel-claim-immich .finding').waitFor();
        await shoot(page, `open-${colorScheme}-${width}`);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(
          width,
        );
        expect(await axeFaults(page)).toEqual([]);
        await page.goto(`${server.url}/docs`);
        expect(await axeFaults(page)).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(
          width,
        );
      });
    }
  }
});

async function axeFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const result = await page.evaluate<AxeResult>('axe.run()');
  return result.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`),
  );
}
async function shoot(page: Page, name: string): Promise<void> {
  if (SHOTS !== undefined) await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
}
