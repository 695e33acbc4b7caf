import { type Html, html } from './html.js';
import type { RetrievalSamples, Sample, SampleHit } from './retrieval-samples.js';
import { thumbnail } from './thumbnail.js';

/** The pictures that the samples show, as data URLs by index. */
async function thumbnailsOf({ records, textToImage, imageToText }: RetrievalSamples): Promise<Map<number, string>> {
  const shown = new Set([
    ...textToImage.flatMap(({ hits }) => hits.map(({ index }) => index)),
    ...imageToText.map(({ query }) => query),
  ]);
  const thumbnails = new Map<number, string>();
  for (const index of shown) thumbnails.set(index, await thumbnail(records[index]!.image));
  return thumbnails;
}

const scores = ({ itm, itc }: SampleHit): Html =>
  html`<b>${(100 * itm).toFixed(itm > 0.995 || itm < 0.005 ? 1 : 0)} %</b> <small>${itc.toFixed(2)}</small>`;
const tick = html`<span class="tick" title="right">&#10003;</span>`;

/** Where the first right candidate is, when it is not among those shown. */
function missed({ hits, rank }: Sample): Html | null {
  return hits.some(({ right }) => right) ? null : html`<p class="missed">The first right one is at rank ${rank}.</p>`;
}

/** Sample searches in both directions as cards. Throws where a picture does not decode any more. */
export async function sampleCards(samples: RetrievalSamples, candidates: number): Promise<Html> {
  const thumbnails = await thumbnailsOf(samples);
  const picture = (index: number) => html`<img src="${thumbnails.get(index)}" alt="">`;
  const { records, texts, textToImage, imageToText } = samples;
  const textCards = textToImage.map(
    (sample) =>
      html`<article><h4>&#8220;${texts[sample.query]}&#8221;</h4><ol class="pictures">${sample.hits.map(
        (hit) =>
          html`<li${hit.right ? html` class="right"` : null}>${picture(hit.index)}<p>${scores(hit)}${hit.right ? tick : null}</p></li>`,
      )}</ol>${missed(sample)}</article>`,
  );
  const imageCards = imageToText.map(
    (sample) =>
      html`<article class="by-image">${picture(sample.query)}<div><ol class="texts">${sample.hits.map(
        (hit) =>
          html`<li${hit.right ? html` class="right"` : null}><span>${texts[hit.index]}${hit.right ? tick : null}</span><span class="scores">${scores(hit)}</span></li>`,
      )}</ol>${missed(sample)}</div></article>`,
  );
  return html`<p>Searched among ${records.length} validation pictures and their ${texts.length} distinct texts: the ${candidates} nearest by
ITC, ordered by ITM. Bold is the probability of a match, small the cosine; a green frame and &#10003; mark what is right.</p>
<h3>Pictures for a text</h3><div class="cards">${textCards}</div><h3>Texts for a picture</h3><div class="cards">${imageCards}</div>`;
}
