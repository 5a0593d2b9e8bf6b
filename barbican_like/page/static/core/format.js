// How times, ages, sizes and ids are shown.

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "medium", hourCycle: "h23" });
const NUMBER = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const NOTHING = "–";

/** A time of the API: ISO 8601, in UTC where it has no offset, or seconds since 1970. */
export function parsed(time) {
  if (time === null || time === undefined || time === "") return null;
  if (typeof time === "number") return new Date(time * 1000);
  return new Date(/(Z|[+-]\d\d:?\d\d)$/.test(time) ? time : `${time}Z`);
}

export function date(time) {
  const found = parsed(time);
  return found === null ? NOTHING : DATE.format(found);
}

export function clock(time) {
  const found = parsed(time);
  return found === null ? NOTHING : CLOCK.format(found);
}

/** Seconds in words of two units at most. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return NOTHING;
  if (seconds < 1) return `${Math.max(0, Math.round(seconds * 1000))} ms`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  const hours = Math.floor(seconds / 3600);
  if (hours < 48) return `${hours} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** How long ago a time was. */
export function age(time) {
  const found = parsed(time);
  return found === null ? NOTHING : duration(Math.max(1, (Date.now() - found.getTime()) / 1000));
}

export function number(value) {
  return value === null || value === undefined ? NOTHING : NUMBER.format(value);
}

export function bytes(value) {
  if (value === null || value === undefined) return NOTHING;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${NUMBER.format(value)} ${units[unit]}`;
}

/** The id at the end of a reference. */
export function idOf(reference) {
  return reference.slice(reference.lastIndexOf("/") + 1);
}

export function shortId(id) {
  return id?.length === 36 ? id.slice(0, 8) : orNothing(id);
}

export function orNothing(text) {
  return text === null || text === undefined || text === "" ? NOTHING : text;
}
