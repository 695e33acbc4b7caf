/** One picture with the texts that are true of it: what pre-training and retrieval learn from. */
export interface PairRecord {
  /** Absolute path of the picture. */
  imageFile: string;
  /** Equal for two records exactly when they show the same picture. */
  imageKey: string;
  /** At least one, cleaned as the recipe says. */
  texts: string[];
}
