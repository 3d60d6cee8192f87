/** Elements of a list in one piece, so few that the largest ones, jobs’ states, make no long text. */
const ELEMENTS = 8;
/** A value, its members and theirs are taken apart; what lies deeper comes whole. */
const DEPTH = 3;

/** The JSON text of a value piece by piece, so that a large one never stands in memory whole; joined it is all of it. */
export function* jsonPieces(value: object, depth: number = DEPTH): Generator<string> {
  if (depth === 0 || 'toJSON' in value) yield JSON.stringify(value);
  else if (Array.isArray(value)) yield* listPieces(value);
  else {
    let mark = '{';
    for (const [key, member] of Object.entries<unknown>({ ...value })) {
      if (member === undefined) continue;
      yield `${mark}${JSON.stringify(key)}:`;
      mark = ',';
      if (typeof member === 'object' && member !== null) yield* jsonPieces(member, depth - 1);
      else yield JSON.stringify(member);
    }
    yield mark === '{' ? '{}' : '}';
  }
}

function* listPieces(list: readonly unknown[]): Generator<string> {
  for (let from = 0; from < list.length; from += ELEMENTS) {
    const text = JSON.stringify(list.slice(from, from + ELEMENTS));
    yield `${from === 0 ? '[' : ','}${text.slice(1, -1)}`;
  }
  yield list.length === 0 ? '[]' : ']';
}
