//! Why something about a file cannot be done, in the words of the C library.

/// The errors of a file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Errno {
    /// There is nothing of that name.
    #[error("No such file or directory")]
    NotFound,
    /// The mode forbids it to this user.
    #[error("Permission denied")]
    Denied,
    /// Only the owner may do it.
    #[error("Operation not permitted")]
    NotPermitted,
    /// A part of the path is no folder.
    #[error("Not a directory")]
    NotFolder,
    /// It is a folder.
    #[error("Is a directory")]
    IsFolder,
    /// The folder holds something.
    #[error("Directory not empty")]
    NotEmpty,
    /// Something has the name already.
    #[error("File exists")]
    Exists,
    /// The file system is full.
    #[error("No space left on device")]
    NoSpace,
    /// The two places are on different file systems.
    #[error("Invalid cross-device link")]
    CrossDevice,
    /// A file system is mounted there.
    #[error("Device or resource busy")]
    Busy,
    /// Links lead to each other.
    #[error("Too many levels of symbolic links")]
    Loop,
    /// It cannot be done with this kind of file.
    #[error("Invalid argument")]
    Invalid,
}
