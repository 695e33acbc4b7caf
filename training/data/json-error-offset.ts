const STRING = String.raw`"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"`;
const NUMBER = String.raw`-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?`;
const TOKEN = new RegExp(String.raw`[{}[\],:]|${STRING}|${NUMBER}|true|false|null`, 'uy');
const SPACE = /[ \t\n\r]*/y;

/** What may come next: `first` stands where a list or mapping may also end at once. */
type Wanted = 'value' | 'first value' | 'key' | 'first key' | 'colon' | 'comma' | 'end';

/**
 * Where a text that is not JSON stops being so: the offset of the first token that cannot stand where it stands, or the length of the
 * text where that ends too early. JSON.parse does not always tell.
 */
export function jsonErrorOffset(text: string): number {
  const open: string[] = [];
  let wanted: Wanted = 'value';
  for (let at = 0; ; at = TOKEN.lastIndex) {
    SPACE.lastIndex = at;
    SPACE.test(text);
    const start = SPACE.lastIndex;
    TOKEN.lastIndex = start;
    const token = TOKEN.exec(text)?.[0];
    const next: Wanted | undefined = token === undefined ? undefined : after(token, wanted, open);
    if (next === undefined) return start;
    wanted = next;
  }
}

/** What is wanted after `token`; undefined where it was not wanted itself. Keeps `open`, the brackets around. */
function after(token: string, wanted: Wanted, open: string[]): Wanted | undefined {
  const closed = (): Wanted => (open.length ? 'comma' : 'end');
  switch (token) {
    case '{':
    case '[':
      if (wanted !== 'value' && wanted !== 'first value') return undefined;
      open.push(token);
      return token === '{' ? 'first key' : 'first value';
    case '}':
    case ']':
      if (wanted !== 'comma' && wanted !== (token === '}' ? 'first key' : 'first value')) return undefined;
      if (open.pop() !== (token === '}' ? '{' : '[')) return undefined;
      return closed();
    case ':':
      return wanted === 'colon' ? 'value' : undefined;
    case ',':
      if (wanted !== 'comma') return undefined;
      return open.at(-1) === '{' ? 'key' : 'value';
    default:
      if (wanted === 'key' || wanted === 'first key') return token.startsWith('"') ? 'colon' : undefined;
      return wanted === 'value' || wanted === 'first value' ? closed() : undefined;
  }
}
