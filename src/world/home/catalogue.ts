import type { CadenceName } from './cadence.ts';

/** How a claim is protected when nothing is wrong. */
export type Protection =
  | { by: 'volsync'; cadence: CadenceName; mover: 'restic' | 'rclone' | 'rsync-tls' }
  | { by: 'data-mover' }
  | { by: 'file-system' }
  | { by: 'exempt'; reason: string };

export interface CatalogueClaim {
  namespace: string;
  app: string;
  workload: 'Deployment' | 'StatefulSet';
  name: string;
  /** Bytes in use at the start, in GiB. */
  gib: number;
  files: number;
  protection: Protection;
}

const restic = (cadence: CadenceName): Protection => ({ by: 'volsync', cadence, mover: 'restic' });
const exempt = (reason: string): Protection => ({ by: 'exempt', reason });
const dataMover: Protection = { by: 'data-mover' };
const fileSystem: Protection = { by: 'file-system' };

type Row = [name: string, gib: number, files: number, protection: Protection];

function app(
  namespace: string,
  name: string,
  workload: CatalogueClaim['workload'],
  ...rows: Row[]
): CatalogueClaim[] {
  return rows.map(([claim, gib, files, protection]) => ({
    namespace,
    app: name,
    workload,
    name: claim,
    gib,
    files,
    protection,
  }));
}

/** The apps of the house and the data they keep. */
export const CATALOGUE: readonly CatalogueClaim[] = [
  ...app('photos', 'immich', 'Deployment', ['immich-library', 412, 121_340, restic('daily')]),
  ...app('photos', 'immich-postgres', 'StatefulSet', [
    'immich-postgres',
    11,
    1_870,
    restic('daily'),
  ]),
  ...app(
    'documents',
    'paperless',
    'Deployment',
    ['paperless-data', 2.6, 3_120, restic('daily')],
    ['paperless-media', 58, 41_200, restic('daily')],
  ),
  ...app('documents', 'bookstack', 'Deployment', ['bookstack-data', 1.9, 8_400, restic('daily')]),
  ...app('documents', 'mealie', 'Deployment', ['mealie-data', 0.8, 2_210, restic('daily')]),
  ...app('documents', 'linkding', 'Deployment', ['linkding-data', 0.21, 310, restic('daily')]),
  ...app('documents', 'freshrss', 'Deployment', ['freshrss-data', 0.64, 920, restic('daily')]),
  ...app('security', 'vaultwarden', 'Deployment', [
    'vaultwarden-data',
    0.31,
    640,
    restic('hourly'),
  ]),
  ...app('security', 'authentik-postgres', 'StatefulSet', [
    'authentik-postgres',
    2.8,
    1_410,
    restic('six-hourly'),
  ]),
  ...app('dev', 'gitea', 'StatefulSet', ['gitea-data', 17.5, 63_000, restic('six-hourly')]),
  ...app('dev', 'woodpecker', 'Deployment', ['woodpecker-data', 1.1, 480, restic('daily')]),
  ...app(
    'cloud',
    'nextcloud',
    'Deployment',
    ['nextcloud-data', 184, 212_000, restic('daily')],
    ['nextcloud-config', 0.9, 18_200, restic('daily')],
  ),
  ...app('cloud', 'nextcloud-db', 'StatefulSet', [
    'nextcloud-db',
    5.7,
    1_120,
    restic('six-hourly'),
  ]),
  ...app('cloud', 'syncthing', 'Deployment', [
    'syncthing-data',
    92,
    48_000,
    { by: 'volsync', cadence: 'weekly', mover: 'rclone' },
  ]),
  ...app(
    'media',
    'jellyfin',
    'Deployment',
    ['jellyfin-config', 8.8, 31_500, restic('daily')],
    ['jellyfin-films', 2_150, 3_900, exempt('films are on the discs in the cellar')],
  ),
  ...app('media', 'sonarr', 'Deployment', ['sonarr-config', 1.2, 2_600, restic('daily')]),
  ...app('media', 'radarr', 'Deployment', ['radarr-config', 1.05, 2_350, restic('daily')]),
  ...app('media', 'audiobookshelf', 'Deployment', [
    'audiobookshelf-config',
    2.1,
    5_800,
    restic('daily'),
  ]),
  ...app('media', 'navidrome', 'Deployment', [
    'navidrome-music',
    86,
    19_400,
    { by: 'volsync', cadence: 'weekly', mover: 'rsync-tls' },
  ]),
  ...app('home', 'home-assistant', 'StatefulSet', [
    'home-assistant-config',
    4.2,
    5_100,
    restic('six-hourly'),
  ]),
  ...app(
    'home',
    'frigate',
    'Deployment',
    ['frigate-config', 0.3, 140, restic('weekly')],
    ['frigate-recordings', 480, 92_000, exempt('recordings are kept for ten days only')],
  ),
  ...app('home', 'zigbee2mqtt', 'Deployment', ['zigbee2mqtt-data', 0.09, 60, fileSystem]),
  ...app('home', 'mosquitto', 'Deployment', ['mosquitto-data', 0.05, 12, fileSystem]),
  ...app('home', 'node-red', 'Deployment', ['node-red-data', 0.42, 3_300, fileSystem]),
  ...app('home', 'esphome', 'Deployment', ['esphome-config', 0.18, 240, fileSystem]),
  ...app('monitoring', 'grafana', 'Deployment', ['grafana-data', 0.55, 410, dataMover]),
  ...app('monitoring', 'prometheus', 'StatefulSet', [
    'prometheus-data',
    61,
    720,
    exempt('metrics may be lost'),
  ]),
  ...app('network', 'adguard', 'Deployment', ['adguard-data', 0.27, 90, dataMover]),
  ...app('finance', 'firefly', 'Deployment', ['firefly-data', 1.4, 2_050, dataMover]),
  ...app('finance', 'actual', 'Deployment', ['actual-data', 0.16, 130, dataMover]),
  ...app('games', 'minecraft', 'StatefulSet', [
    'minecraft-world',
    7.9,
    6_700,
    restic('six-hourly'),
  ]),
  ...app('games', 'factorio', 'StatefulSet', ['factorio-saves', 0.7, 85, restic('weekly')]),
];
