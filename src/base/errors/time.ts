/** Errors of event time, watermarks and windows. */
export const timeErrors = {
  HOP_SLIDE_LARGER: {
    sqlstate: "22023",
    message: "the slide {slide} is larger than the size {size}",
    hint: "did you swap them? HOP takes the slide first: HOP(t, c, {size}, {slide})",
  },
  TOO_MANY_PANES: {
    sqlstate: "54000",
    message: "HOP of {size} by {slide} would cut each window into {panes} panes; the limit is 10000",
    hint: "choose a size that is a multiple of the slide",
  },
  CUMULATE_STEP: { sqlstate: "22023", message: "the size {size} of CUMULATE is not a multiple of its step {step}" },
  WINDOW_SIZE: { sqlstate: "22023", message: "{what} of {window} must be longer than zero, not {value}" },
  WINDOW_PRECISION: { sqlstate: "22023", message: "{what} of {window} must be whole milliseconds, not {value}" },
  NOT_A_TIME_ATTRIBUTE: {
    sqlstate: "42804",
    message: '{window} needs a time attribute, but "{name}" is an ordinary column',
    hint: "{advice}",
  },
  NO_WATERMARK: {
    sqlstate: "42804",
    message: 'table "{table}" has no watermark, so no window over it can end',
    hint: "declare WATERMARK FOR {column} AS {column} - INTERVAL '5' SECOND",
  },
  RESERVED_WINDOW_COLUMN: {
    sqlstate: "42701",
    message: 'the input of {window} already has a column "{name}"',
    hint: "rename it in a subquery; the window function adds window_start, window_end and window_time",
  },
  WATERMARK_TYPE: { sqlstate: "42804", message: "the watermark of {column} must be {expected}, not {actual}" },
  DUPLICATE_WATERMARK: { sqlstate: "42601", message: "a table has one watermark" },
  LATENESS_NOT_POSSIBLE: {
    sqlstate: "0A000",
    message: "ALLOW LATENESS is not possible here: {operator} cannot take updates",
  },
} as const;
