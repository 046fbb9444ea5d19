/** Something that a run must show, and what it showed. */
export interface Check {
  readonly title: string;
  readonly ok: boolean;
  readonly figures: string;
}
