/**
 * Normalisation of answers by the official VQA v2 evaluation (GT-Vision-Lab/VQA, vqaEval.py), its oversights included: published numbers
 * have them in, so a tidier version would not compare.
 */

// In the published order; an apostrophe and a colon stay.
const PUNCTUATION = [...';/[]"{}()=+\\_-><@`,?!'];

/** The published script passes a flag (re.UNICODE = 32) where the number of replacements belongs. */
const MOST_PERIODS = 32;

const NUMBERS = 'zero one two three four five six seven eight nine ten'.split(' ');
const DIGITS = new Map([['none', '0'], ...NUMBERS.map((word, i): [string, string] => [word, String(i)])]);
const ARTICLES = new Set(['a', 'an', 'the']);

/**
 * Each stands for the spellings that lack one of its apostrophes. I'd've, I'm and I've never apply, because words are lower case by then.
 * The published table also maps let's and she's to themselves, which changes nothing.
 */
const CONTRACTIONS = `
  ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't haven't he'd he'd've he's how'd how'll how's
  I'd've I'm I've isn't it'd it'd've it'll ma'am mightn't mightn't've might've mustn't must've needn't not've o'clock oughtn't 'ow's'at shan't
  she'd've should've shouldn't shouldn't've somebody'd've somebody'll somebody's someone'd someone'd've someone'll someone's something'd
  something'd've something'll that's there'd there'd've there're there's they'd they'd've they'll they're they've 'twas wasn't we'd've we've
  weren't what'll what're what's what've when's where'd where's where've who'd who'd've who'll who's who've why'll why're why's won't would've
  wouldn't wouldn't've y'all y'all'll y'all'd've you'd you'd've you'll you're you've
`;
// Published the wrong way round: it takes an apostrophe away.
const CONTRACTION_OF = new Map([["somebody'd", 'somebodyd']]);
for (const whole of CONTRACTIONS.trim().split(/\s+/)) {
  for (const { index } of whole.matchAll(/'/g))
    CONTRACTION_OF.set(whole.slice(0, index) + whole.slice(index + 1), whole);
}

/** Line breaks and tabs become blanks, and blanks at the ends go: what every answer gets before anything is compared. */
export function trimAnswer(answer: string): string {
  return answer.replaceAll('\n', ' ').replaceAll('\t', ' ').trim();
}

/** The spelling in which answers are compared: punctuation, then digits, articles and contractions, as the official script does. */
export function normalizeAnswer(answer: string): string {
  return processDigitArticle(processPunctuation(answer));
}

function processPunctuation(text: string): string {
  // One comma between digits anywhere makes every mark vanish instead of becoming a blank.
  const hasNumberComma = /\p{Nd},\p{Nd}/u.test(text);
  let out = text;
  for (const mark of PUNCTUATION) {
    const besideBlank = text.includes(`${mark} `) || text.includes(` ${mark}`);
    out = out.replaceAll(mark, besideBlank || hasNumberComma ? '' : ' ');
  }
  // The published pattern asks, by a misspelt lookbehind, only what follows: '3.' loses its period, '.5' keeps it.
  let periods = 0;
  return out.replace(/\.(?!\p{Nd})/gu, (period) => (periods++ < MOST_PERIODS ? '' : period));
}

function processDigitArticle(text: string): string {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return words
    .map((word) => DIGITS.get(word) ?? word)
    .filter((word) => !ARTICLES.has(word))
    .map((word) => CONTRACTION_OF.get(word) ?? word)
    .join(' ');
}
