import * as z from 'zod';

/** An event of Yahoo's benchmark, as its generator writes it: all is text. */
export const adEvent = z.object({
  user_id: z.string(),
  page_id: z.string(),
  ad_id: z.string(),
  ad_type: z.enum(['banner', 'modal', 'sponsored-search', 'mail', 'mobile']),
  event_type: z.enum(['view', 'click', 'purchase']),
  event_time: z.string(),
  ip_address: z.string(),
});
export type AdEvent = z.infer<typeof adEvent>;
