/** What TypeScript's types of a page lack: files of the origin private file system as a worker opens them, and addresses that Vite makes. */
interface FileSystemSyncAccessHandle {
  read(target: Uint8Array, options: { at: number }): number;
  write(bytes: Uint8Array, options?: { at: number }): number;
  getSize(): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}
interface FileSystemFileHandle {
  createSyncAccessHandle(): Promise<FileSystemSyncAccessHandle>;
}
interface FileSystemDirectoryHandle {
  entries(): AsyncIterable<[string, FileSystemHandle]>;
}
declare module "*.wasm?url" {
  const address: string;
  export default address;
}
