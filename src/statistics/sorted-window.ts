/** The last values, kept in order: O(window) moves of memory per value, no sorting. */
export interface SortedWindow {
  readonly size: number;
  push(value: number): void;
  /** The value at a fraction 0..1 of the order; NaN when empty. */
  quantile(fraction: number): number;
}

export function createSortedWindow(length: number): SortedWindow {
  const ring = new Float64Array(length);
  const sorted = new Float64Array(length);
  let size = 0;
  let next = 0;

  function placeOf(value: number): number {
    let low = 0;
    let high = size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sorted[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    get size() {
      return size;
    },
    push(value) {
      if (size === length) {
        const gone = placeOf(ring[next]!);
        sorted.copyWithin(gone, gone + 1, size);
        size -= 1;
      }
      const place = placeOf(value);
      sorted.copyWithin(place + 1, place, size);
      sorted[place] = value;
      size += 1;
      ring[next] = value;
      next = (next + 1) % length;
    },
    quantile(fraction) {
      if (size === 0) return Number.NaN;
      return sorted[Math.min(size - 1, Math.floor(fraction * size))]!;
    },
  };
}
