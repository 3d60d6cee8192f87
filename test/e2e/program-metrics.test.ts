import { afterEach, beforeEach, expect, it } from 'vitest';
import { addressOf, createProgramHome, feed, until, type ProgramHome } from '../support/program.ts';
import { answered, stubPrometheus, type StubPrometheus } from '../support/stub-prometheus.ts';
import { startWorld, type TestWorld } from '../support/world.ts';

let home: ProgramHome;
let world: TestWorld;
let ticking: NodeJS.Timeout;
let metrics: StubPrometheus | null = null;
let isDown = false;

beforeEach(async () => {
  home = await createProgramHome();
  world = await startWorld({ now: new Date() });
  ticking = setInterval(() => world.clock.set(new Date()), 100);
  putClaim('photos');
  isDown = false;
  metrics = await stubPrometheus(({ form, path }) => {
    if (isDown) return { status: 503, body: 'starting' };
    if (
      !path.endsWith('/query') ||
      !form.get('query')?.startsWith('max by (__name__, namespace, persistent')
    )
      return answered([]);
    const at = Number(form.get('time'));
    const volume = (name: string, bytes: number) => ({
      metric: { __name__: name, namespace: 'media', persistentvolumeclaim: 'photos' },
      value: [at, String(bytes)],
    });
    return answered([
      volume('kubelet_volume_stats_used_bytes', 4 * 2 ** 30),
      volume('kubelet_volume_stats_capacity_bytes', 16 * 2 ** 30),
    ]);
  });
});
afterEach(async () => {
  await home.remove();
  clearInterval(ticking);
  await world.stop();
  await metrics?.close();
});

function putClaim(name: string): void {
  world.put('persistentvolumeclaims', 'media', name, {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '16Gi' } } },
    status: { phase: 'Bound', capacity: { storage: '16Gi' } },
  });
}

it('a metrics store tells how full a claim is; when it is down that is said, and the cluster is read on', async () => {
  const environment = {
    KUBECONFIG: await home.kubeconfig(world.server),
    PROMETHEUS_URL: metrics?.url ?? '',
    COLLECT_INTERVAL_SECONDS: '5',
  };
  const doctor = await home.run(['doctor'], environment);
  expect(doctor.out).toContain(
    'metrics for volume usage: no series of kubelet_volume_stats_used_bytes',
  );

  const server = home.start(environment);
  const address = await addressOf(server);
  await server.says(/found 1 claims/);
  const resources = () => feed(address, '/v1/resources?kind=PersistentVolumeClaim');
  const [claim] = await until(resources, ([first]) => Boolean(first?.['usage']));
  expect(claim?.['usage']).toMatchObject({ usedBytes: 4 * 2 ** 30, fill: 0.25 });
  const shown = await home.run(['show', 'media/photos'], environment);
  expect(shown.out).toMatch(/used +4\.0 GiB of 16\.0 GiB, 25 %; measured/);

  isDown = true;
  const status = () => home.run(['status'], environment);
  const down = await until(status, ({ out }) => out.includes('cannot be reached'));
  expect(down.out).toContain(`metrics ${metrics?.url} cannot be reached`);
  expect(down.out).toContain('answered 503');
  putClaim('later');
  const names = async () => (await resources()).map(({ name }) => name);
  expect(await until(names, (all) => all.includes('later'))).toContain('later');

  isDown = false;
  const back = await until(status, ({ out }) => / answers; read/.test(out));
  expect(back.out).toContain(`metrics ${metrics?.url} answers; read`);
  server.kill('SIGTERM');
  expect((await server.ended).code).toBe(0);
});
