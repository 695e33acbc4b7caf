import { bevel } from './bevel.js';
import { rayThrough, type View } from './camera.js';
import { ALBEDO, AMBIENT, FINISH, studioAlong } from './materials.js';
import type { Scene } from './scene.js';
import { type Lamp, lampOf, lampSeen, skySeen } from './shadow.js';
import { type Hit, intersect, type Solid, solidOf } from './solids.js';
import { addScaled, dot, normalize, type Vector } from './vector.js';

/** Answers for one scene what is seen at a place of its picture, given as shares [0, 1] across and down. */
export interface Shader {
  /** The linear RGB of the ground there, in its full shadow detail, whatever may stand before it. */
  ground(across: number, down: number): Vector;
  /** The linear RGB seen, with the light's points first, first + step, ... casting the shadows. */
  light(across: number, down: number, first: number, step: number): Vector;
}

/** A scene made ready for rays; `first` and `step` choose the light's points. */
interface Stage {
  scene: Scene;
  solids: Solid[];
  lamp: Lamp;
  first: number;
  step: number;
}

/** Shadow and mirror rays start this far off their surface, so as not to meet it. */
const LIFT = 1e-3;

/** How fast the mirrored ground gives way to the studio with distance, per ground unit. */
const NEARBY = 0.9;

/** Prepares a scene for the rays of its view. */
export function createShader(scene: Scene, view: View): Shader {
  const stage: Stage = {
    scene,
    solids: scene.objects.map(solidOf),
    lamp: lampOf(scene.light),
    first: 0,
    step: 1,
  };
  const hit: Hit = { distance: 0, nx: 0, ny: 0, nz: 0 };
  return {
    ground(across, down) {
      stage.first = 0;
      stage.step = 1;
      return groundLight(stage, view.eye, rayThrough(view, across, down), true);
    },
    light(across, down, first, step) {
      const ray = rayThrough(view, across, down);
      const index = nearest(stage.solids, view.eye, ray, hit);
      stage.first = first;
      stage.step = step;
      return index < 0 ? groundLight(stage, view.eye, ray, true) : objectLight(stage, index, view.eye, ray, hit);
    },
  };
}

/** The solid that a ray meets first, or -1 for none; `hit` tells where. */
function nearest(solids: readonly Solid[], origin: Vector, ray: Vector, hit: Hit): number {
  hit.distance = Number.POSITIVE_INFINITY;
  let found = -1;
  for (let i = 0; i < solids.length; i++) {
    if (intersect(solids[i]!, origin[0], origin[1], origin[2], ray[0], ray[1], ray[2], hit)) found = i;
  }
  return found;
}

/** The light from where a ray meets the ground. Mirrors ask without shadows: at their size nobody would see them. */
function groundLight(
  { scene, solids, lamp, first, step }: Stage,
  origin: Vector,
  ray: Vector,
  shadows: boolean,
): Vector {
  const place = addScaled(origin, ray, -origin[2] / ray[2]);
  const key = shadows ? lampSeen(lamp, first, step, solids, -1, place) : 1;
  const direct = key * scene.light.intensity * scene.light.direction[2];
  const sky = skySeen(solids, place[0], place[1]);
  // The ground brightens into the distance, like a photographer's backdrop.
  const backdrop = 1 + 0.35 * Math.min(1, Math.max(-0.3, place[1] / 8));
  const { ground } = scene;
  return [
    ground[0] * backdrop * (direct + sky * AMBIENT[0]),
    ground[1] * backdrop * (direct + sky * AMBIENT[1]),
    ground[2] * backdrop * (direct + sky * AMBIENT[2]),
  ];
}

/** The light from where a ray meets an object: scattered light, the mirrored surroundings and the key light's highlight. */
function objectLight(stage: Stage, index: number, origin: Vector, ray: Vector, hit: Hit): Vector {
  const { scene, solids, lamp, first, step } = stage;
  const object = scene.objects[index]!;
  const finish = FINISH[object.material];
  const place = addScaled(origin, ray, hit.distance);
  const normal = bevel(solids[index]!, place, [hit.nx, hit.ny, hit.nz]);
  const toLight = scene.light.direction;
  const facing = dot(normal, toLight);
  const key = facing > 0 ? lampSeen(lamp, first, step, solids, index, place) : 0;
  const half = normalize(addScaled(toLight, ray, -1));
  const highlight = key * finish.highlight * Math.max(0, dot(normal, half)) ** finish.sharpness;
  const scattered = scatter(stage, index, place, normal, key * Math.max(0, facing));
  if (finish.mirrored === 0) {
    const white = highlight * scene.light.intensity;
    return [scattered[0] + white, scattered[1] + white, scattered[2] + white];
  }

  const albedo = ALBEDO[object.color];
  const mirrored = mirror(stage, index, place, normal, ray);
  const whiteness = 0.02 + 0.5 * (1 + dot(normal, ray)) ** 5;
  const light: [number, number, number] = [0, 0, 0];
  for (let i = 0; i < 3; i++) {
    const tint = albedo[i]! + (1 - albedo[i]!) * whiteness;
    light[i] =
      finish.scattered * scattered[i]! + finish.mirrored * tint * mirrored[i]! + highlight * (0.3 + 0.7 * tint);
  }
  return light;
}

/** Light scattered by an object's colour: key light, sky from above, the ground's glow from below, darker near the ground. */
function scatter({ scene, solids }: Stage, index: number, place: Vector, normal: Vector, key: number): Vector {
  const albedo = ALBEDO[scene.objects[index]!.color];
  const upward = 0.5 + 0.5 * normal[2];
  // Clamped: rounding may put a foot a hair under the ground.
  const height = Math.min(1, Math.max(0, place[2] / solids[index]!.height));
  const open = 0.55 + 0.45 * height ** 0.7;
  const direct = key * scene.light.intensity;
  const above = open * upward;
  const below = open * 0.45 * (1 - upward);
  const { ground } = scene;
  return [
    albedo[0] * (direct + above * AMBIENT[0] + below * ground[0]),
    albedo[1] * (direct + above * AMBIENT[1] + below * ground[1]),
    albedo[2] * (direct + above * AMBIENT[2] + below * ground[2]),
  ];
}

/** What a mirror shows: another object's scattered light, the ground, or the sky. */
function mirror(stage: Stage, index: number, place: Vector, normal: Vector, ray: Vector): Vector {
  const reflected = addScaled(ray, normal, -2 * dot(ray, normal));
  const origin = addScaled(place, normal, LIFT);
  const hit: Hit = { distance: 0, nx: 0, ny: 0, nz: 0 };
  const other = nearest(stage.solids, origin, reflected, hit);
  if (other >= 0 && other !== index) {
    const facing: Vector = [hit.nx, hit.ny, hit.nz];
    const key = Math.max(0, dot(facing, stage.scene.light.direction));
    return scatter(stage, other, addScaled(origin, reflected, hit.distance), facing, key);
  }
  const studio = studioAlong(reflected, stage.scene.light);
  if (reflected[2] > -0.02) return studio;
  // The ground is seen nearby; farther off it gives way to the studio, or upright metal would show nothing but grey.
  const near = Math.exp((NEARBY * origin[2]) / reflected[2]);
  return addScaled(studio, addScaled(groundLight(stage, origin, reflected, false), studio, -1), near);
}
