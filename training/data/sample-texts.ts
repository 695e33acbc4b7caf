import { z } from 'zod';
import { checkForm, parseJson } from './annotation-file.js';

const texts = z.union([z.string(), z.array(z.string())]).nullish();
const metadata = z.object({ caption: texts, captions: texts, text: texts });

/** The texts in the JSON beside a picture, under caption, captions or text. Throws, naming `what`, where it is no such JSON. */
export function sampleTexts(json: string, what: string): string[] {
  const form = 'a mapping, its caption a text or a list';
  const { caption, captions, text } = checkForm(metadata, parseJson(json, what), what, form);
  return [caption ?? captions ?? text ?? []].flat();
}
