import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { FINAL } from './final-worlds.ts';
import { play } from './play.ts';
import type { Scenario } from './play.ts';
import type { Score } from './score.ts';
import { measureSpeed } from './speed.ts';
import type { SpeedFigures } from './speed.ts';

export interface ScaleFigures {
  restartSeconds: number;
  tickSeconds: number;
  megabytes: number;
  rowBytes: number;
}

export interface JudgementFigures {
  /** By scenario, then by rule. */
  scores: Record<Scenario, Map<string, Score>>;
  speed: SpeedFigures;
  scale: ScaleFigures;
}

export interface JudgementOptions {
  /** In each world, with each seed. */
  jobs: number;
  days: number;
  seeds: readonly string[];
}

/** The worlds and seeds that no rule was tuned on, then speed and scale. */
export async function benchJudging(options: JudgementOptions): Promise<JudgementFigures> {
  const of = async (scenario: Scenario): Promise<Map<string, Score>> => {
    const played = await play({ ...options, scenario, worlds: FINAL, peers: true });
    return played.scores;
  };
  return {
    scores: {
      faults: await of('faults'),
      healthy: await of('healthy'),
      'fourth run': await of('fourth run'),
      contaminated: await of('contaminated'),
    },
    speed: await measureSpeed(options.jobs, 200),
    scale: measureScale(),
  };
}

/** In a process of its own, whose memory is all that counts. */
function measureScale(): ScaleFigures {
  const child = fileURLToPath(new URL('scale-child.ts', import.meta.url));
  const told = execFileSync(process.execPath, ['--max-old-space-size=4000', child]);
  return JSON.parse(told.toString()) as ScaleFigures;
}
