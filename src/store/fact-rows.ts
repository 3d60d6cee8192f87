import type { FactBatch } from '../domain/facts.ts';

/**
 * The batch as it is sent: of rows with the same key the last one wins, since one statement must not touch a row twice.
 */
export function toFactRows(batch: FactBatch): FactBatch {
  return {
    ...batch,
    resources: lastOf(batch.resources, (row) => row.resourceId),
    edges: lastOf(batch.edges, (row) => `${row.fromResourceId} ${row.toResourceId} ${row.kind}`),
    policies: lastOf(batch.policies, (row) => row.policyId),
    repositories: lastOf(batch.repositories, (row) => row.repositoryId),
    runs: lastOf(batch.runs, (row) => row.runId),
    runVolumes: lastOf(batch.runVolumes, (row) => `${row.runId} ${row.resourceId}`),
    attempts: lastOf(batch.attempts, (row) => `${row.runId} ${row.attemptKey}`),
    restorePoints: lastOf(batch.restorePoints, (row) => row.restorePointId),
    restoreRuns: lastOf(batch.restoreRuns, (row) => row.restoreRunId),
  };
}

function lastOf<Row>(rows: Row[], keyOf: (row: Row) => string): Row[] {
  const byKey = new Map(rows.map((row) => [keyOf(row), row]));
  return byKey.size === rows.length ? rows : [...byKey.values()];
}
