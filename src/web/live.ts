export type Connection = 'live' | 'lost';

/** Calls back at every change of the feed; the browser reconnects by itself, and a closed stream is opened again. */
export function followChanges(
  onChange: () => void,
  onConnection: (state: Connection) => void,
): void {
  const source = new EventSource('/v1/events');
  source.addEventListener('open', () => onConnection('live'));
  source.addEventListener('change', onChange);
  source.addEventListener('error', () => {
    onConnection('lost');
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(() => {
      onChange();
      followChanges(onChange, onConnection);
    }, 5_000);
  });
}

/** At most one run at a time and one per interval; a call in between is not lost. */
export function calmly(run: () => Promise<void>, intervalMs: number): () => void {
  let busy = false;
  let again = false;
  return function call(): void {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    again = false;
    void run().finally(() => {
      setTimeout(() => {
        busy = false;
        if (again) call();
      }, intervalMs);
    });
  };
}
