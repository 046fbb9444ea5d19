import type { Block, BlockKey } from '#core/protocol/block.ts';
import { bytes, type Item, integer } from './attributes.ts';

/** What a block's item has beside its key; the layout of `groups` has a version of its own. */
export function toBlockItem(block: Block): Item {
  return { n: { N: String(block.n) }, groups: { B: block.bytes } };
}

export function fromBlockItem(item: Item, key: BlockKey): Block {
  return { key, n: integer(item, 'n'), bytes: bytes(item, 'groups') };
}
