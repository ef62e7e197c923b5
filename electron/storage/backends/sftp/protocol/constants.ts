/** Packet types of SFTP version 3 (draft-ietf-secsh-filexfer-02 section 3). */
export const REQUEST = { init: 1, open: 3, close: 4, read: 5, write: 6, lstat: 7, fstat: 8, setstat: 9, fsetstat: 10, opendir: 11, readdir: 12, remove: 13, mkdir: 14, rmdir: 15, realpath: 16, stat: 17, rename: 18, readlink: 19, extended: 200 } as const;
export const REPLY = { version: 2, status: 101, handle: 102, data: 103, name: 104, attrs: 105, extended: 201 } as const;

/** How a file is opened (section 6.3). */
export const OPEN = { read: 0x01, write: 0x02, create: 0x08, truncate: 0x10, exclusive: 0x20 } as const;

/** Status codes: 0 to 8 of version 3 (section 7); the others of later drafts, which some servers use all the same. */
export const STATUS = {
  ok: 0,
  eof: 1,
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  badMessage: 5,
  noConnection: 6,
  connectionLost: 7,
  unsupported: 8,
  noSuchPath: 10,
  alreadyExists: 11,
  writeProtect: 12,
  noSpace: 14,
  quotaExceeded: 15,
  lockConflict: 17,
  notEmpty: 18,
  notADirectory: 19,
  invalidName: 20,
  linkLoop: 21,
} as const;

/** Extensions of OpenSSH (its PROTOCOL file, section 4) and of draft-ietf-secsh-filexfer-extensions-00. */
export const EXTENSION = {
  posixRename: 'posix-rename@openssh.com',
  hardlink: 'hardlink@openssh.com',
  fsync: 'fsync@openssh.com',
  statvfs: 'statvfs@openssh.com',
  limits: 'limits@openssh.com',
  copyData: 'copy-data',
  checkFileName: 'check-file-name',
} as const;
