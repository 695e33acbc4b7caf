import { evenIfMoved, openWithModel } from '../../collection-model.js';
import type { Collection } from '../../collections/collection.js';
import type { Core } from '../../core.js';
import { noTimes } from '../../inference/stage-times.js';
import { imageUrl } from '../../items/shown-item.js';
import { pictureBytes } from '../../pictures/picture-bytes.js';
import { matchTexts } from '../../search/match-texts.js';
import type { ScoredCandidate } from '../../search/rerank.js';
import { search as find, type SearchTimes } from '../../search/search.js';
import type { components } from '../api.js';
import type { Handler } from '../handler.js';
import { measured } from '../measured.js';
import { readQuery, readSearchOptions } from '../read-search.js';
import { roundMs } from '../server-timing.js';
import { usableText } from '../usable-text.js';

/** Hits with what a person wants to see of them; one that was deleted meanwhile is left out. */
function shownHits(collection: Collection, hits: ScoredCandidate[]): components['schemas']['Hit'][] {
  const { name } = collection.info();
  return hits.flatMap(({ label, itc, itm }) => {
    const item = collection.at(label);
    if (!item) return [];
    const { id, caption, metadata, picture } = item;
    return {
      id,
      score: itm ?? itc,
      itc,
      itm,
      ...(caption === undefined ? {} : { caption }),
      ...(metadata === undefined ? {} : { metadata }),
      ...(picture ? { imageUrl: imageUrl(name, id) } : {}),
    };
  });
}

function shownTimings({ decodeMs, encodeMs, annMs, rerankMs, totalMs }: SearchTimes): components['schemas']['Timings'] {
  return {
    decodeMs: roundMs(decodeMs),
    encodeMs: roundMs(encodeMs),
    annMs: roundMs(annMs),
    rerankMs: roundMs(rerankMs),
    totalMs: roundMs(totalMs),
  };
}

export const search: Handler<'search'> = ({ path, body, signal }, core) =>
  evenIfMoved(async () => {
    const { collection, model } = openWithModel(core, path.collection, body.model);
    const options = { ...readSearchOptions(body, model), signal };
    const query = await readQuery(body, core, signal);
    const { hits, times, reranked, truncated } = await find(query, model, collection, options);
    const answer = { hits: shownHits(collection, hits), reranked, truncated, timings: shownTimings(times) };
    return { status: 200, json: { ...answer, model: model.manifest.name }, headers: measured(core, 'search', times) };
  });

function readTexts(texts: string[], { limits }: Core): string[] {
  return texts.map((text, index) => usableText(text, `texts[${index}]`, limits.textCharacters));
}

export const match: Handler<'match'> = async ({ body, signal }, core) => {
  const model = core.inference.matchingModel(body.model);
  const bytes = await pictureBytes(body.image, 'image', core, signal);
  const times = noTimes();
  const answer = await matchTexts(bytes, readTexts(body.texts, core), model, { signal, times });
  return { status: 200, json: { ...answer, model: model.manifest.name }, headers: measured(core, 'match', times) };
};
