import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const OURS = new URL('official-client.ts', import.meta.url).href;
const WHOLE = '@kubernetes/client-node';

/** What a fresh process loads of the client's generated models, and the header its credentials make. */
async function load(module: string): Promise<{ models: number; all: number; header: string }> {
  const child = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    const { KubeConfig, HttpMethod, RequestContext } = await import(${JSON.stringify(module)});
    const config = new KubeConfig();
    config.loadFromOptions({
      clusters: [{ name: 'c', server: 'https://127.0.0.1:1' }],
      users: [{ name: 'u', token: 'the-token' }],
      contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
      currentContext: 'x',
    });
    const request = new RequestContext('https://127.0.0.1:1/', HttpMethod.GET);
    await config.applySecurityAuthentication(request);
    const of = (part) =>
      loaded.filter((url) => url.includes('/@kubernetes/client-node/') && part.test(url)).length;
    console.log(JSON.stringify({
      models: of(/dist\\/gen\\/(models\\/|apis\\/.*Api\\.js)/),
      all: of(/./),
      header: request.getHeaders().Authorization,
    }));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', child]);
  return JSON.parse(stdout) as Awaited<ReturnType<typeof load>>;
}

it('leaves the generated calls and models out, and the credentials work without them', async () => {
  expect(await load(OURS)).toEqual({
    models: 0,
    all: expect.any(Number) as number,
    header: 'Bearer the-token',
  });
});

it('would load hundreds of them by the package’s index', async () => {
  const [ours, whole] = [await load(OURS), await load(WHOLE)];
  expect(whole.header).toBe(ours.header);
  expect(whole.models).toBeGreaterThan(300);
  expect(ours.all).toBeLessThan(whole.all / 10);
});
