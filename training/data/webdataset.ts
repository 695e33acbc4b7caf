import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect } from '../../model/errors.js';
import { expandBraces } from './expand-braces.js';
import { isPicture } from './image-source.js';
import { locateImage } from './locate-image.js';
import type { DataFiles } from './readers.js';
import { type PairRecord, pairRecord } from './records.js';
import { sampleTexts } from './sample-texts.js';
import { readTar, type TarMember } from './tar.js';

/** The members of one key, as far as they are of use. */
interface Sample {
  key: string;
  picture?: TarMember;
  txt?: string;
  json?: string[];
}

/**
 * Reads WebDataset's tar shards, which a pattern, or a folder of them, names: members that share their name up to its first dot are a
 * sample, with a picture and its text in a .txt member, or else under caption, captions or text in a .json one. Pictures stay in the
 * shard and are read from there. Throws where a shard is broken or a key comes twice.
 */
export async function readWebDataset(files: DataFiles): Promise<PairRecord[]> {
  const records: PairRecord[] = [];
  for (const shard of await listShards(files)) {
    const keys = new Set<string>();
    for await (const sample of readSamples(shard)) {
      expect(!keys.has(sample.key), `shard ${shard}`, 'the members of a key side by side', `${sample.key} twice`);
      keys.add(sample.key);
      if (sample.picture || sample.txt !== undefined || sample.json) records.push(recordOf(shard, sample));
    }
  }
  return records;
}

/** The shards that are named; in a folder, its .tar files in the order of their names. */
async function listShards({ annotations, images }: DataFiles): Promise<string[]> {
  const [first, ...others] = expandBraces(annotations);
  const isFolder = others.length === 0 && (await stat(first!).catch(() => undefined))?.isDirectory();
  if (!isFolder) return [first!, ...others].map((shard) => locateImage(images, [shard, basename(shard)]));
  const names = (await readdir(first!)).filter((name) => name.endsWith('.tar')).sort();
  expect(names.length, `folder ${first}`, 'shards (.tar)', 'none');
  return names.map((name) => join(first!, name));
}

async function* readSamples(shard: string): AsyncGenerator<Sample> {
  let sample: Sample | undefined;
  for await (const member of readTar(shard)) {
    const [, key, extension] = /^((?:.*\/)?[^/.]+)\.([^/]*)$/s.exec(member.name) ?? [];
    if (key === undefined) continue;
    if (sample?.key !== key) {
      if (sample) yield sample;
      sample = { key };
    }
    await addMember(sample, extension!.toLowerCase(), member, shard);
  }
  if (sample) yield sample;
}

async function addMember(sample: Sample, extension: string, member: TarMember, shard: string): Promise<void> {
  const content = async () => (await member.read()).toString('utf8');
  // Masks and the like have an ending before the picture's (KEY.seg.png): they are no pictures of the sample.
  if (!extension.includes('.') && isPicture(`.${extension}`)) sample.picture ??= member;
  else if (extension === 'txt') sample.txt = await content();
  else if (extension === 'json') sample.json = sampleTexts(await content(), `${member.name} in ${shard}`);
}

/** A sample without a picture gets one that is not there, so that it is counted among the missing ones. */
function recordOf(shard: string, { key, picture, txt, json }: Sample): PairRecord {
  const found = txt === undefined ? (json ?? []) : [txt];
  if (!picture) return pairRecord({ file: join(shard, `${key}.jpg`) }, found);
  const { name, offset, length } = picture;
  return pairRecord({ file: shard, member: { name, offset, length } }, found);
}
