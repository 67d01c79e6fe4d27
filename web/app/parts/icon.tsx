/** Line icons, drawn for this app on a grid of 24. */
const PATHS = {
  logo: "M4 5h16a1.5 1.5 0 0 1 1.5 1.5v9A1.5 1.5 0 0 1 20 17h-7.5L8 21v-4H4a1.5 1.5 0 0 1-1.5-1.5v-9A1.5 1.5 0 0 1 4 5zM6.5 8.5 12 12l5.5-3.5",
  plus: "M12 5v14M5 12h14",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.5 2",
  chip: "M7.5 7.5h9v9h-9zM10 3v4.5M14 3v4.5M10 16.5V21M14 16.5V21M3 10h4.5M3 14h4.5M16.5 10H21M16.5 14H21",
  shield: "M12 3l7.5 3v5.5c0 4.5-3 8-7.5 9.5-4.5-1.5-7.5-5-7.5-9.5V6zM8.8 12l2.2 2.2 4.2-4.4",
  close: "M6 6l12 12M18 6 6 18",
  flag: "M6 21V4M6 5h11l-2.2 4L17 13H6",
  check: "M5 12.5 10 17.5 19.5 7",
  copy: "M9 9h11v11H9zM15 9V4H4v11h5",
  share: "M12 15V4M8 7.5 12 3.5l4 4M6 12v8h12v-8",
  again: "M4.5 12a7.5 7.5 0 1 1 2.3 5.4M4 20v-4.5h4.5",
  stop: "M7 7h10v10H7z",
  down: "M7 10l5 5 5-5",
  paste: "M9 4h6v3H9zM9 5H6v15h12V5h-3",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
  pen: "M4 20l1-4L16.5 4.5l3 3L8 19z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
