import type { Quality } from '../../domain/ledger.ts';

/** Where backups are stored: what that costs, and what it draws. Null prices are not known. */
export interface StorageClass {
  name: string;
  perGbMonth: number | null;
  /** Of 1,000 writing requests. */
  putPer1000: number | null;
  /** Bytes of a billed gigabyte: 2^30 or 10^9, as the vendor bills. */
  gbBytes: number;
  /** Watt-hours of one terabyte (10^12 bytes) in one hour, of one copy; null: not known. */
  wattHoursPerTbHour: number | null;
  /** Physical copies of a stored byte. */
  replication: number;
  source: string;
  factorYear: number | null;
  quality: Extract<Quality, 'modelled' | 'default'>;
}

/** Price of one core for one hour. */
export interface CorePrice {
  /** By node, where nodes differ. */
  byNode: ReadonlyMap<string, number>;
  /** Of any other node. */
  usual: number;
  source: string;
  factorYear: number | null;
  quality: Extract<Quality, 'modelled' | 'default'>;
}

/** What is known of a cluster's prices; null: unpriced. */
export interface Prices {
  /** ISO 4217. */
  currency: string;
  core: CorePrice | null;
  storage: StorageClass | null;
  /** How long stored bytes stay when the engine does not say. */
  keepDays: number | null;
}

/** Whose electricity a cluster uses. */
export interface Grid {
  gramsPerKilowattHour: number;
  place: string;
  source: string;
  factorYear: number;
  /** `default`: nobody said where the cluster stands. */
  quality: Extract<Quality, 'modelled' | 'default'>;
  /** Of the cloud; null: own machines, or not known. */
  provider: string | null;
  /** Data-centre overhead, at least 1. */
  pue: number;
}
