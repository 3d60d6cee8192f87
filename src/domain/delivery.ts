/** Who is disturbed by what was raised: what a judgement tells of it, and what is decided. */
import type { DeliveryReason, FindingKind, Severity, SharedTrait } from './words.ts';

/** What jobs may share that can fail. */
export interface SharedThing {
  value: string;
  /** The cluster within which the name means one thing; null: it does everywhere. */
  clusterId: string | null;
}
export type Traits = Partial<Record<SharedTrait, SharedThing>>;

/** Jobs that ended well within the last hour, the last six, and the last day, each counted once. */
export type WellLately = [hour: number, sixHours: number, day: number];
/** … of those that share each thing; absent: not counted. */
export type DidWell = Partial<Record<SharedTrait, WellLately>>;

/** What delivery asks of a finding, as it was when it was raised. */
export interface RaisedFigures {
  kind: FindingKind;
  severity: Severity;
  /** How often chance alone shows it; null: it states a fact. */
  probability: number | null;
  /** How far off it is, as a factor of at least 1; null: not a matter of degree. */
  factor: number | null;
  traits: Traits;
  didWell: DidWell;
  /** When its own job last ended well; null: never, or it is of no job. */
  lastWellAt: Date | null;
}

export interface RaisedFinding {
  fingerprint: string;
  at: Date;
  /** Null: it is of no job. */
  jobId: string | null;
  raised: RaisedFigures;
  /** Runs of the cluster compared with their history at its tick. */
  tests: number;
}

/** How many jobs of a cluster share something. */
export interface TraitSize {
  trait: SharedTrait;
  value: string;
  /** The name means something within the cluster only. */
  bound: boolean;
  jobs: number;
}

/** What a judgement has for delivery. */
export interface DeliveryNews {
  raised: RaisedFinding[];
  /** Runs compared with their history at the newest ticks, in milliseconds. */
  tested: [number, number][];
  /** Complete for the cluster when not null. */
  sizes: TraitSize[] | null;
}

/** A finding whose delivery is not decided yet. */
export interface DueFinding extends RaisedFigures {
  findingId: string;
  fingerprint: string;
  clusterId: string;
  jobId: string | null;
  raisedAt: Date;
  /** It was there when its cluster was first judged. */
  firstContact: boolean;
  tests: number;
}

export interface DeliveryWork {
  /** Of the desk: a decision on an older one is refused. */
  revision: number;
  /** What earlier deliveries left; only the deciding code reads it. */
  desk: string | null;
  /** Jobs of the tenant. */
  jobs: number;
  /** The oldest first. */
  due: DueFinding[];
  /** Of what the due findings share, over all clusters where the name means the same. */
  sizes: (SharedThing & { trait: SharedTrait; jobs: number })[];
  /** Runs compared at recent ticks, over all clusters, by the tick's milliseconds. */
  tested: [number, number][];
}

export interface DeliveriesDecided {
  desk: string;
  deliveries: {
    findingId: string;
    as: 'page' | 'digest';
    why: DeliveryReason;
    incidentId: string | null;
  }[];
  /** Findings delivered before that turn out to belong to an incident. */
  linked: { findingId: string; incidentId: string }[];
  incidents: IncidentNoted[];
}

export interface IncidentNoted extends SharedThing {
  /** Stays the same while members join. */
  incidentId: string;
  shared: SharedTrait;
  since: Date;
  newestAt: Date;
  /** Jobs that tripped; of the trait `rule`, findings. */
  tripped: number;
  /** Jobs that share it; null: not counted. */
  of: number | null;
}
