/** The one table: string keys `pk` and `sk`, items of several kinds told apart by the first part of `pk`. */
export const TABLE_KEYS = { partition: 'pk', sort: 'sk' } as const;
/** Attribute with the epoch second after which DynamoDB may delete an item. */
export const TABLE_TTL_ATTRIBUTE = 'expires';
