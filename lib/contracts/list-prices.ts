/** AWS's list prices in US dollars, us-east-1, as far as the dashboard's costs and the docs go by them. */
export const LIST_PRICES = {
  shardHour: 0.015,
  /** Provisioned: one record, or 25 KB of it, that is put. */
  putUnit: 0.014e-6,
  onDemandStreamHour: 0.04,
  onDemandByteIn: 0.08e-9,
  /** What Lambda reads counts too, as one consumer. */
  onDemandByteOut: 0.04e-9,
  functionGigabyteSecond: 0.0000133334,
  functionInvocation: 0.2e-6,
  tableWriteUnit: 0.625e-6,
  tableReadUnit: 0.125e-6,
  logByteIn: 0.5e-9,
  alarmMonth: 0.1,
  /** A composite alarm, by the month. */
  compositeAlarmMonth: 0.5,
  metricMonth: 0.3,
  dashboardMonth: 3,
  keyMonth: 1,
} as const;
