import type { Reporter, TestModule } from 'vitest/node';

/** Names what was skipped and ends a run with `N passed, N failed, N skipped`. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0, pending: 0 };
    const skippedSuites = new Set<string>();
    for (const module of modules) {
      if (module.state() === 'failed' && [...module.children.allTests('failed')].length === 0)
        counts.failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        counts[state] += 1;
        if (state === 'skipped')
          skippedSuites.add(
            test.parent.type === 'suite' ? test.parent.fullName : module.relativeModuleId,
          );
      }
    }
    const lines = [...skippedSuites].sort().map((name) => `skipped: ${name}`);
    const closing = `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped + counts.pending} skipped`;
    process.stdout.write(`${[...lines, closing].join('\n')}\n`);
  }
}
