export type Event = Readonly<Record<string, unknown>>;

/** Reads a field of the event itself: what every object inherits, such as `constructor`, is no field. */
export class FieldReader {
  readonly field: string;
  readonly #isInherited: boolean;

  constructor(field: string) {
    this.field = field;
    this.#isInherited = field in Object.prototype;
  }

  read(event: Event): unknown {
    return this.#isInherited && !Object.hasOwn(event, this.field) ? undefined : event[this.field];
  }
}
