import type { CounterSample } from './counter-sum.ts';

/** A pod as meters know it: by UID where they tell it, else by namespace and name. */
export interface MeteredPod {
  namespace: string;
  name: string;
  uid: string | null;
}

/** One energy counter of one pod, from either generation of Kepler. Joules. */
export interface EnergySeries {
  pod: MeteredPod;
  meter: 'kepler-old' | 'kepler-new';
  /** Null: counts the pod whole; else one of its containers. */
  container: string | null;
  /** `total`: the meter's own sum of all components (old generation). */
  zone: string;
  mode: 'active' | 'idle';
  /** Which exporter and scraper it came through: two of the same pod at the same time are the same energy twice. */
  origin: string;
  /** The series that carries the final total once the pod has ended (new generation). */
  terminated: boolean;
  samples: readonly CounterSample[];
}
