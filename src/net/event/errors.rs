//! Why something that the person asked for failed.

use crate::identity::PublicKey;

/// Why listening failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ListenError {
    /// Another program has the port.
    #[error("the port is in use")]
    PortInUse,
    /// The address belongs to another computer.
    #[error("the address is not one of this computer")]
    NotOurAddress,
    /// The port needs administrator rights, as those below 1024 do.
    #[error("the port needs administrator rights")]
    NoPermission,
    /// The host name can't be resolved.
    #[error("the name is unknown")]
    UnknownHost,
    /// Any other error of the system.
    #[error("the system refused: {0}")]
    Other(std::io::ErrorKind),
}

/// Why calling failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The host name can't be resolved.
    #[error("the name is unknown")]
    UnknownHost,
    /// The computer answers, but no program listens on the port.
    #[error("nobody listens there")]
    Refused,
    /// No answer within 10 s.
    #[error("no answer")]
    TimedOut,
    /// There is no route to the address.
    #[error("the address can't be reached")]
    Unreachable,
    /// The program there speaks plain text.
    #[error("it answers in plain text")]
    AnswersPlain,
    /// The program there does not start TLS, or hung up.
    #[error("it does not answer encrypted")]
    NotEncrypted,
    /// The program there uses another TLS configuration, or bytes were changed on the way.
    #[error("it encrypts in another way")]
    Incompatible,
    /// Another key answers than the known one or the one of the invite.
    #[error("another key answers")]
    OtherKey {
        /// The key that should answer.
        expected: PublicKey,
        /// The key that answers.
        seen: PublicKey,
        /// Whether the expected key is that of an invite, which can't be overridden.
        invited: bool,
    },
    /// Our own key answers.
    #[error("this program itself answers")]
    OwnKey,
    /// The other program is in another conversation.
    #[error("the other side is busy")]
    Busy,
    /// The other person rejected us.
    #[error("the other side said no")]
    Rejected,
    /// The other person has not decided in time.
    #[error("the other side did not decide")]
    Undecided,
    /// The other side hung up before admitting us.
    #[error("the other side hung up")]
    HungUp,
    /// The key last met at that address can't be read, so the one there can't be checked. Nobody was called.
    #[error("what is known of others can't be read")]
    StoreUnreadable,
    /// We have no key to encrypt with.
    #[error("there is no key")]
    NoIdentity,
    /// Any other error of the system.
    #[error("the system refused: {0}")]
    Other(std::io::ErrorKind),
}

/// Why a file does not arrive for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hindrance {
    /// The disk does not keep up with it.
    DiskSlow,
    /// The folder that it goes into is not there any more: its disk may have been unplugged.
    NoFolder,
}

/// Why a file or folder can't be offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OfferError {
    /// There is nothing of this name.
    #[error("there is no such file")]
    NotFound,
    /// The system does not let us read it.
    #[error("the file can't be read: no permission")]
    NoPermission,
    /// It is neither a file nor a folder.
    #[error("neither a file nor a folder")]
    NotAFile,
    /// It is larger than 1 TiB.
    #[error("too large")]
    TooLarge,
    /// The folder has more than 100,000 files, or a name in it is too long or too deep.
    #[error("too many files, or a name that is too long")]
    TooMany,
    /// Two names in the folder are the same where case or form does not count.
    #[error("two names in the folder are the same on other systems")]
    SameName,
    /// It changed while it was read.
    #[error("it changed while it was read")]
    Changed,
    /// It is a picture from which the place where it was taken can't be removed.
    #[error("the location can't be removed from a picture")]
    Picture,
    /// The person has cancelled it.
    #[error("cancelled")]
    Cancelled,
    /// Too many files wait to be offered.
    #[error("too many files wait to be offered")]
    Busy,
    /// Any other error of the system.
    #[error("the system refused: {0}")]
    Other(std::io::ErrorKind),
}
