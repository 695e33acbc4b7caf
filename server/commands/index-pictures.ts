// maskvlm index --collection photos --images photos/ --server http://127.0.0.1:8080
import { readFile } from 'node:fs/promises';
import { pino } from 'pino';
import { ExpectationError } from '../../model/errors.js';
import { picture, type Schemas } from '../client/client.js';
import { readConfig } from '../config.js';
import { type ListedPicture, readPictureList } from '../items/picture-list.js';
import { RunningServer } from '../serve.js';
import { type WindowLimits, windows } from '../windows.js';
import { type ServerAt, serverAt } from './server-at.js';

export interface IndexOptions {
  collection: string;
  images: string;
  bundle?: string;
  dataDir?: string;
  server?: string;
}

/** What one request carries. */
const REQUEST_WINDOW: WindowLimits = { items: 64, bytes: 16 * 2 ** 20 };
/** Statuses that are the fault of a picture; those of a whole request where every picture of it failed, with the problem of the first. */
const FAULTS = [400, 413, 415, 422];
const say = (text: string) => void process.stderr.write(`${text}\n`);

/** A picture with its bytes. */
type ReadPicture = Omit<ListedPicture, 'file'> & { bytes: Uint8Array };

/**
 * Puts pictures into a collection of a running server, or of a data directory that no server uses (a server is then started for it on
 * a free port of this machine). Pictures that cannot be used are named and counted; prints the counts as one JSON object. Throws when
 * nothing could be added.
 */
export async function indexPictures({ collection, images, bundle, dataDir, server }: IndexOptions): Promise<void> {
  if (Boolean(server) === Boolean(bundle && dataDir)) {
    throw new ExpectationError('index', 'either --server, or --bundle and --data-dir', server ? 'both' : 'neither');
  }
  if (server) return send(server, collection, images);
  const config = readConfig({ ...process.env, PORT: '0', HOST: '127.0.0.1', DATA_DIR: dataDir, BUNDLES: bundle });
  const local = new RunningServer(config, pino({ level: 'warn' }, pino.destination(2)));
  try {
    const address = await local.listen();
    await local.load({ examples: false });
    await send(address, collection, images);
  } finally {
    await local.close();
  }
}

async function send(address: string, collection: string, images: string): Promise<void> {
  const server = serverAt(address);
  const path = { collection };
  const made = server.client.PUT('/v1/collections/{collection}', { params: { path }, body: {} });
  await server.answer(made, 'to be opened', `collection ${collection}`);
  const counts = { created: 0, updated: 0, error: 0 };
  let firstError = '';
  for await (const pictures of windows(readPictures(images), ({ bytes }) => bytes.length, REQUEST_WINDOW)) {
    for (const [index, { status, error }] of (await addItems(server, collection, pictures)).entries()) {
      const { id } = pictures[index]!;
      counts[status]++;
      if (status !== 'error') continue;
      const reason = error?.detail ?? error?.title ?? 'refused';
      firstError ||= `${id}: ${reason}`;
      say(`skipped ${id}: ${reason}`);
    }
    say(`${collection}: ${counts.created + counts.updated} pictures`);
  }
  if (counts.created + counts.updated === 0)
    throw new ExpectationError('index', 'at least one usable picture', firstError);
  process.stdout.write(`${JSON.stringify({ collection, ...counts })}\n`);
}

async function* readPictures(images: string): AsyncGenerator<ReadPicture> {
  for await (const { file, ...item } of readPictureList(images)) yield { ...item, bytes: await readFile(file) };
}

/** A line for each picture: only a line has a limit then, and not the whole request. */
function linesOf(pictures: readonly ReadPicture[]): string {
  const items = pictures.map(({ bytes, ...item }): Schemas['NewItem'] => ({ ...item, image: picture(bytes) }));
  return items.map((item) => JSON.stringify(item)).join('\n');
}

/** What became of each picture. Where all are refused they are sent one by one, since the answer tells only what is wrong with the first. */
async function addItems(
  server: ServerAt,
  collection: string,
  pictures: readonly ReadPicture[],
): Promise<Schemas['ItemResult'][]> {
  const request = server.client.POST('/v1/collections/{collection}/items', {
    params: { path: { collection } },
    headers: { 'Content-Type': 'application/x-ndjson' },
    body: linesOf(pictures),
    bodySerializer: String,
  });
  const isFault = await request.then(
    ({ response }) => FAULTS.includes(response.status),
    () => false,
  );
  if (!isFault) return (await server.answer(request, 'to take the pictures', `collection ${collection}`)).results;
  if (pictures.length === 1) {
    const { error } = await request;
    return [{ id: pictures[0]!.id, status: 'error', error: error as Schemas['Problem'] }];
  }
  const results: Schemas['ItemResult'][] = [];
  for (const one of pictures) results.push(...(await addItems(server, collection, [one])));
  return results;
}
