// Who may import whom: docs/decisions/0001-the-house.md. Type imports count.
const pure = ['graph', 'analyze', 'advise', 'restore'];
const outside = ['collect', 'store', 'alert', 'github', 'assistant'];
const below = {
  domain: [],
  statistics: [],
  graph: ['domain', 'statistics'],
  analyze: ['domain', 'statistics', 'graph'],
  advise: ['domain', 'statistics', 'graph'],
  restore: ['domain', 'statistics', 'graph'],
  ...Object.fromEntries(outside.map((room) => [room, ['domain', 'statistics', ...pure]])),
  services: ['domain', 'statistics', ...pure, ...outside.map((room) => `${room}/port\\.ts$`)],
  http: ['domain', 'services'],
  cli: ['domain', 'services'],
  web: ['domain/views\\.ts$'],
  world: ['domain', 'statistics'],
};
/** npm packages and node modules each room may use. */
const packages = {
  domain: ['zod', 'node:crypto|crypto'],
  statistics: ['simple-statistics', '@stdlib/'],
  graph: [],
  analyze: ['croner', 'jsep', 'zod'],
  advise: ['croner'],
  restore: [],
};
const floors = Object.entries(below).map(([room, rooms]) => ({
  name: `${room}-looks-down`,
  severity: 'error',
  comment: `src/${room} may import: ${rooms.join(', ') || 'only itself'}`,
  from: { path: `^src/${room}/`, pathNot: '\\.test\\.tsx?$' },
  to: { path: '^src/', pathNot: `^src/(${[room, ...rooms].map((r) => (r.includes('$') ? r : `${r}/`)).join('|')})` },
}));
const shelves = Object.entries(packages).map(([room, allowed]) => ({
  name: `${room}-packages`,
  severity: 'error',
  comment: `src/${room} may use: ${allowed.join(', ') || 'no package'}`,
  from: { path: `^src/${room}/`, pathNot: '\\.test\\.tsx?$' },
  to: {
    dependencyTypes: ['npm', 'npm-dev', 'npm-no-pkg', 'core'],
    ...(allowed.length > 0 && { pathNot: allowed.map((name) => `(^|node_modules/)(${name})`).join('|') }),
  },
}));
export default {
  forbidden: [
    ...floors,
    ...shelves,
    { name: 'no-circles', severity: 'error', from: { path: '^(src|test)/' }, to: { circular: true } },
    {
      name: 'engines-do-not-meet', severity: 'error', comment: 'an engine is one folder',
      from: { path: '^src/collect/engines/([^/]+)/' },
      to: { path: '^src/collect/engines/([^/]+)/', pathNot: '^src/collect/engines/$1/' },
    },
    {
      name: 'only-the-wiring-composes', severity: 'error', comment: 'compose.ts and its wiring are imported by doors and tests alone',
      from: { path: '^src/', pathNot: '^src/((main|cli|compose)\\.ts$|wiring/)|\\.test\\.ts$' }, to: { path: '^src/(compose\\.ts$|wiring/)' },
    },
    {
      name: 'one-reader-of-the-environment', severity: 'error', comment: 'config.ts reads the environment; it may import domain',
      from: { path: '^src/config\\.ts$' }, to: { path: '^src/', pathNot: '^src/domain/' },
    },
    {
      name: 'one-door-to-the-kubernetes-client', severity: 'error', comment: 'official-client.ts loads it without the generated calls and models; types may be had anywhere',
      from: { path: '^(src|test|bench)/', pathNot: '^src/collect/kubernetes/official-client\\.ts$' },
      to: { path: '(^|node_modules/)@kubernetes/client-node', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'the-world-stays-apart', severity: 'error', comment: 'only compose.ts, tests and benches import the demo world',
      from: { path: '^src/', pathNot: '^src/(world/|wiring/|compose\\.ts$)|\\.test\\.ts$' }, to: { path: '^src/world/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // swc sees type imports by itself.
    parser: 'swc',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'], extensions: ['.ts', '.tsx', '.js', '.json', '.d.ts'] },
  },
};
