/**
 * Keeps the k best of the (label, score) pairs it is shown: higher scores first, equal scores in label order. A binary heap with the
 * worst kept pair on top, so that most pairs are dismissed by one comparison.
 */
export class TopK {
  readonly #labels: number[] = [];
  readonly #scores: number[] = [];

  constructor(readonly k: number) {}

  /** Shows one pair. */
  offer(label: number, score: number): void {
    const size = this.#labels.length;
    if (size < this.k) {
      this.#labels.push(label);
      this.#scores.push(score);
      this.#rise(size);
    } else if (score > this.#scores[0]! || (score === this.#scores[0] && label < this.#labels[0]!)) {
      this.#labels[0] = label;
      this.#scores[0] = score;
      this.#sink();
    }
  }

  /** The kept pairs, best first. */
  sorted(): { labels: number[]; scores: number[] } {
    const order = this.#labels.map((_, i) => i).sort((a, b) => (this.#worse(a, b) ? 1 : -1));
    return { labels: order.map((i) => this.#labels[i]!), scores: order.map((i) => this.#scores[i]!) };
  }

  #worse(a: number, b: number): boolean {
    const difference = this.#scores[a]! - this.#scores[b]!;
    return difference < 0 || (difference === 0 && this.#labels[a]! > this.#labels[b]!);
  }

  #swap(a: number, b: number): void {
    [this.#labels[a], this.#labels[b]] = [this.#labels[b]!, this.#labels[a]!];
    [this.#scores[a], this.#scores[b]] = [this.#scores[b]!, this.#scores[a]!];
  }

  #rise(start: number): void {
    let child = start;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#worse(child, parent)) return;
      this.#swap(child, parent);
      child = parent;
    }
  }

  #sink(): void {
    const size = this.#labels.length;
    let parent = 0;
    for (;;) {
      let worst = parent;
      for (const child of [2 * parent + 1, 2 * parent + 2]) {
        if (child < size && this.#worse(child, worst)) worst = child;
      }
      if (worst === parent) return;
      this.#swap(parent, worst);
      parent = worst;
    }
  }
}
