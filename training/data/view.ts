import type { Raster } from '../../model/image/picture.js';
import type { Rng } from '../../model/random.js';
import { drawOrientation, type FlipRule, type Orientation } from './orientation.js';
import { drawPanels } from './panels.js';
import { drawOperators, type RandAugment } from './rand-augment/draw-operators.js';
import type { OperatorUse } from './rand-augment/operators.js';

/** How a training picture is varied; the `augment` section of a recipe. */
export interface Augmentation {
  /** Share of the area and width / height of the random crop; null keeps the whole picture. */
  crop: { scale: [number, number]; ratio: [number, number] } | null;
  flip: FlipRule;
  /** Equal panels side by side that the picture is made of, in whatever order; 1 leaves it as it is. */
  panels: number;
  /** Brightness and contrast are each multiplied by a number within 1 - colour to 1 + colour. */
  colour: number;
  /** Operators drawn for the cut, turned picture, before it is normalised; null draws none. */
  randAugment: RandAugment | null;
}

/** A rectangle of a raster in pixels. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * One way to look at a picture: the order of its panels, what is cut out, how it is turned, its brightness and contrast factors, and what
 * is done to it then.
 */
export interface View {
  /** The panels of the picture from left to right, by where they were. */
  panels: readonly number[];
  box: Box;
  orientation: Orientation;
  brightness: number;
  contrast: number;
  operators: readonly OperatorUse[];
}

const CROP_ATTEMPTS = 10;

/** Draws a view that keeps `text` true of the picture. */
export function drawView(raster: Raster, text: string, augmentation: Augmentation, rng: Rng): View {
  const whole = { x: 0, y: 0, width: raster.width, height: raster.height };
  const box = augmentation.crop ? drawCrop(raster, augmentation.crop, rng) : whole;
  const panels = drawPanels(text, augmentation.panels, rng);
  const orientation = drawOrientation(text, augmentation.flip, rng);
  const factor = () => 1 + augmentation.colour * (2 * rng.next() - 1);
  const [brightness, contrast] = [factor(), factor()];
  const operators = augmentation.randAugment ? drawOperators(augmentation.randAugment, rng) : [];
  return { panels, box, orientation, brightness, contrast, operators };
}

/** torchvision's RandomResizedCrop.get_params: ten tries at a random area and shape, then the largest allowed middle part. */
function drawCrop({ width, height }: Raster, crop: NonNullable<Augmentation['crop']>, rng: Rng): Box {
  const between = (low: number, high: number) => low + (high - low) * rng.next();
  const [low, high] = crop.ratio;
  for (let attempt = 0; attempt < CROP_ATTEMPTS; attempt++) {
    const area = width * height * between(...crop.scale);
    const ratio = Math.exp(between(Math.log(low), Math.log(high)));
    const w = Math.round(Math.sqrt(area * ratio));
    const h = Math.round(Math.sqrt(area / ratio));
    if (w < 1 || h < 1 || w > width || h > height) continue;
    return { x: rng.int(width - w + 1), y: rng.int(height - h + 1), width: w, height: h };
  }
  const ratio = Math.min(high, Math.max(low, width / height));
  const w = Math.max(1, Math.min(width, Math.round(height * ratio)));
  const h = Math.max(1, Math.min(height, Math.round(width / ratio)));
  return { x: (width - w) >> 1, y: (height - h) >> 1, width: w, height: h };
}
