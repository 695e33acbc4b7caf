import { withFile } from '../../model/files/file-reader.js';
import { readTorchFile } from '../../model/pytorch/torch-file.js';
import { readSafetensors } from '../../model/safetensors/safetensors.js';
import type { Tensor } from '../../model/safetensors/tensor.js';

/** A safetensors file begins with the length of a JSON object, eight bytes, and that object. */
const startsLikeSafetensors = (file: string): Promise<boolean> =>
  withFile(file, async ({ size, read }) => size > 8 && (await read(8, 1))[0] === 0x7b);

/**
 * The tensors of a file of weights, safetensors or what torch.save wrote: its content decides, not its name. Throws an ExpectationError
 * that names the file when it is neither, or broken.
 */
export async function readWeights(file: string): Promise<Map<string, Tensor>> {
  return (await startsLikeSafetensors(file)) ? readSafetensors(file) : readTorchFile(file);
}
