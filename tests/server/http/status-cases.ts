// How each status that the contract documents is provoked: by a sound request where nothing else is said, or by one thing that is wrong.
import type { OperationId } from '../../../server/http/handler.js';
import { endedJob, type StatusWorld, waitingJob } from './status-world.js';

/** A request as it is sent: what is put into the path, the query, a JSON body and headers. */
export interface Asked {
  path?: Record<string, string>;
  query?: Record<string, string>;
  body?: Record<string, unknown>;
  headers?: Record<string, string>;
}

type Make = (world: StatusWorld) => Asked | Promise<Asked>;

const COLLECTION = { collection: 'c' };
const ITEM = { collection: 'c', id: 'a' };
const OF_ITEM = { itemId: 'a', collection: 'c' };
const CAPTION = { items: [{ id: 'b', caption: 'a blue ball' }] };
/** Requests that change what others need have something of their own. */
const doomed: Make = async ({ main }) => {
  await main.request.put('/v1/collections/doomed').set('Authorization', 'Bearer key');
  return { path: { collection: 'doomed' } };
};
const doomedItem: Make = async ({ main }) => {
  const items = [{ id: 'doomed', caption: 'x' }];
  await main.request.post('/v1/collections/c/items').set('Authorization', 'Bearer key').send({ items });
  return { path: { collection: 'c', id: 'doomed' } };
};
const ofJob: Make = async (world) => ({ path: { job: await endedJob(world) } });

/** A request of each operation that is answered with its first documented status. */
export const SOUND: Record<OperationId, Make> = {
  page: () => ({}),
  docs: () => ({}),
  contract: () => ({}),
  health: () => ({}),
  readiness: () => ({}),
  metrics: () => ({}),
  listModels: () => ({}),
  listCollections: () => ({}),
  putCollection: () => ({ path: COLLECTION, body: { description: 'Holidays' } }),
  getCollection: () => ({ path: COLLECTION }),
  deleteCollection: doomed,
  listItems: () => ({ path: COLLECTION, query: { limit: '5' } }),
  addItems: () => ({ path: COLLECTION, body: CAPTION }),
  getItem: () => ({ path: ITEM }),
  patchItem: () => ({ path: ITEM, body: { caption: 'a green ball' } }),
  deleteItem: doomedItem,
  getItemImage: () => ({ path: ITEM, query: { size: '32' } }),
  search: () => ({ path: COLLECTION, body: { text: 'a ball' } }),
  match: () => ({ body: { image: OF_ITEM, texts: ['a ball'] } }),
  vqa: () => ({ body: { image: OF_ITEM, question: 'what color?' } }),
  nlvr2: () => ({ body: { left: OF_ITEM, right: OF_ITEM, statement: 'both are red' } }),
  visualEntailment: () => ({ body: { image: OF_ITEM, hypothesis: 'it is red' } }),
  classify: () => ({ body: { image: OF_ITEM, labels: ['a ball', 'a cube'] } }),
  reconstruct: () => ({ body: { image: OF_ITEM, text: 'a red ball' } }),
  explain: () => ({ body: { image: OF_ITEM, text: 'a red ball' } }),
  embeddings: () => ({ body: { input: [OF_ITEM, 'a red ball'] } }),
  createJob: () => ({ body: { type: 'import', ...COLLECTION, ...CAPTION } }),
  listJobs: () => ({ query: { limit: '5' } }),
  getJob: ofJob,
  deleteJob: async (world) => ({ path: { job: await waitingJob(world) } }),
  getJobEvents: ofJob,
  getJobOutput: ofJob,
  getJobErrors: ofJob,
};

/** The sound request, of a model that is there and does something else. */
const withModel =
  (operation: OperationId, model: string): Make =>
  async (world) => {
    const asked = await SOUND[operation](world);
    return { ...asked, body: { ...asked.body, model } };
  };
const foreign = { collection: 'foreign' };

/** A picture or a page that the client has already. */
const known =
  (path: string, asked: Asked = {}): Make =>
  async ({ main }) => {
    const { headers } = await main.request.get(path).set('Authorization', 'Bearer key');
    const { etag, 'last-modified': modified } = headers;
    const condition: [string, string] = etag ? ['If-None-Match', etag] : ['If-Modified-Since', modified!];
    return { ...asked, headers: Object.fromEntries([condition]) };
  };

/** Statuses that take more than what is done to all operations alike. */
export const OWN: Record<string, Make> = {
  'page 304': known('/'),
  'docs 304': known('/docs'),
  'putCollection 201': () => ({ path: { collection: 'new' }, body: {} }),
  'putCollection 404': () => ({ path: { collection: 'unmade' }, body: { model: 'nobody' } }),
  'putCollection 409': () => ({ path: foreign, body: { model: 'looking' } }),
  'putCollection 501': () => ({ path: { collection: 'unmade' }, body: { model: 'tiny-ve' } }),
  'addItems 409': () => ({ path: foreign, body: CAPTION }),
  'addItems 422': () => ({ path: COLLECTION, body: { items: [{ caption: ' ' }] } }),
  'patchItem 409': () => ({ path: { ...foreign, id: 'a' }, body: { caption: 'a cube' } }),
  'patchItem 422': () => ({ path: ITEM, body: { caption: ' ' } }),
  'getItemImage 304': known('/v1/collections/c/items/a/image', { path: ITEM }),
  'getItemImage 422': () => ({ path: { ...foreign, id: 'large' }, query: { size: '32' } }),
  'search 409': () => ({ path: foreign, body: { text: 'a ball' } }),
  'search 422': () => ({ path: COLLECTION, body: { text: ' ' } }),
  'match 422': () => ({ body: { image: OF_ITEM, texts: [''] } }),
  'vqa 422': () => ({ body: { image: OF_ITEM, question: ' ' } }),
  'nlvr2 422': () => ({ body: { left: OF_ITEM, right: OF_ITEM, statement: ' ' } }),
  'visualEntailment 422': () => ({ body: { image: OF_ITEM, hypothesis: ' ' } }),
  'classify 422': () => ({ body: { image: { base64: 'iVBORw0KGgo=' }, labels: ['a ball'] } }),
  'reconstruct 422': () => ({ body: { image: OF_ITEM, text: ' ' } }),
  'explain 422': () => ({ body: { image: OF_ITEM, text: ' ' } }),
  'embeddings 422': () => ({ body: { input: ' ' } }),
  'search 501': withModel('search', 'tiny-ve'),
  'match 501': withModel('match', 'tiny-ve'),
  'vqa 501': withModel('vqa', 'looking'),
  'nlvr2 501': withModel('nlvr2', 'looking'),
  'visualEntailment 501': withModel('visualEntailment', 'looking'),
  'classify 501': withModel('classify', 'tiny-ve'),
  'reconstruct 501': withModel('reconstruct', 'tiny-ve'),
  'explain 501': withModel('explain', 'tiny-ve'),
  'embeddings 501': withModel('embeddings', 'tiny-ve'),
  'createJob 404': () => ({ body: { type: 'import', collection: 'missing', ...CAPTION } }),
  'createJob 409': () => ({ body: { type: 'import', ...foreign, ...CAPTION } }),
  'createJob 501': () => ({ body: { type: 'reindex', ...COLLECTION, model: 'tiny-ve' } }),
  'deleteJob 204': ofJob,
  'getJobEvents 204': async (world) => {
    const job = await endedJob(world);
    const { revision } = world.main.core.jobs.get(job);
    return { path: { job }, headers: { 'Last-Event-ID': `${revision}` } };
  },
};
