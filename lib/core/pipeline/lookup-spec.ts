import type { GroupValue } from './pipeline.ts';

/** What a field of reference data holds. Where an entry has something else, or nothing, the field is missing. */
interface FieldTypes {
  readonly string: string;
  readonly number: number;
  readonly boolean: boolean;
}

/**
 * A lookup in a pipeline's definition: every event gets fields of the entry that the reference table has under the
 * value of the event's field `key`. The lookup `airport` with a field `city` gives events the field `airport_city`.
 */
export interface LookupSpec<KeyField extends string = string> {
  /** A DynamoDB table with a string as its partition key and no sort key. */
  readonly table: string;
  /** The event's field whose value is looked up; a number is looked up as text. */
  readonly key: KeyField;
  /** Name of the table's partition key; that of `key` unless said. */
  readonly tableKey?: string;
  /** The table's attributes that events get, and what they hold. */
  readonly fields: Readonly<Record<string, keyof FieldTypes>>;
  /** How old an entry may be in memory before it is read again; `10m` unless said. */
  readonly ttl?: string;
  /** How old an entry may be that is used while the table can't be read; `1h` unless said, or the `ttl` if longer. */
  readonly staleMax?: string;
  /** How many entries are kept in memory; 10,000 unless said. */
  readonly cacheMax?: number;
  /**
   * What becomes of an event whose key has no entry. `null`, unless said: its fields are null. `reject`: it is
   * invalid. Or values to use instead; fields that are not named are null.
   */
  readonly whenMissing?: 'null' | 'reject' | Readonly<Record<string, GroupValue>>;
  /**
   * What happens where the table is slow or down and no entry is kept. `wait`, unless said: the batch comes again
   * until the table answers; nothing is lost, and nothing counts wrongly. Or values to use instead, which are final.
   */
  readonly whenDown?: 'wait' | Readonly<Record<string, GroupValue>>;
  /** A CSV, JSON or Parquet file, relative to the pipeline's, that `weir try` and `weir start` fill a local table from. */
  readonly localFile?: string;
}

/** What is given as `whenMissing` or `whenDown`, each value of its field's type; a word stands for itself. */
type Defaults<Given, Fields> = {
  readonly [Field in keyof Given]: Field extends keyof Fields ? ValueOf<Fields[Field]> | null : never;
};

type ValueOf<Type> = Type extends keyof FieldTypes ? FieldTypes[Type] : never;

/** What a lookup must be beside a `LookupSpec`: its defaults are of its fields. */
export type ConsistentLookups<Lookups> = {
  readonly [Name in keyof Lookups]: {
    readonly [Option in keyof Lookups[Name] & ('whenMissing' | 'whenDown')]: Lookups[Name] extends {
      readonly fields: infer Fields;
    }
      ? Defaults<Lookups[Name][Option], Fields>
      : unknown;
  };
};

/** Each field of each lookup: the name that events have it by, and its value. */
type FieldsOf<Lookups> = {
  [Name in keyof Lookups & string]: Lookups[Name] extends { readonly fields: infer Fields }
    ? {
        [Field in keyof Fields & string]: {
          readonly name: `${Name}_${Field}`;
          readonly value: ValueOf<Fields[Field]>;
        };
      }[keyof Fields & string]
    : never;
}[keyof Lookups & string];

/** What lookups add to an event. Any of it may be null: tables have gaps. */
export type LookupOutput<Lookups> = {
  readonly [Field in FieldsOf<Lookups> as Field['name']]: Field['value'] | null;
};
