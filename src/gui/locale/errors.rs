//! Errors: what went wrong, and what to do about it.

use std::io::ErrorKind;

use crate::{
    chat::{MESSAGE_CAP, Problem, Refusal, contacts::Contacts},
    endpoint::{Endpoint, EndpointError},
    gui::locale::particles::Particle,
    history::ExportError,
    identity::{IdentityError, invite::InviteError},
    lang::Lang,
    net::{Call, ConnectError, ListenError},
    store::StoreError,
    text::charset::Unencodable,
};

impl Lang {
    /// What went wrong, and what to do about it.
    pub fn problem(self, problem: &Problem, contacts: &Contacts) -> String {
        match problem {
            Problem::Listen { at, error, instead } => {
                self.listen_error(at, *error, instead.as_ref())
            }
            Problem::Connect { call, error } => self.connect_error(call, *error, contacts),
            Problem::Identity(error) => self.identity_error(error),
            Problem::Crashed => self.crashed().to_owned(),
            Problem::Busy => self.busy().to_owned(),
        }
    }

    /// The button that listens where it works.
    pub fn use_instead(self, at: &Endpoint, instead: &Endpoint) -> String {
        let what = self.instead(at, instead);
        match self {
            Self::En => format!("Use {what}"),
            Self::Ko => format!("{what} 사용"),
        }
    }

    /// The port, or the host if that is what differs.
    fn instead(self, at: &Endpoint, instead: &Endpoint) -> String {
        match self {
            _ if at.host != instead.host => instead.host.clone(),
            Self::En => instead.port.to_string(),
            Self::Ko => format!("{}번", instead.port),
        }
    }

    fn listen_error(self, at: &Endpoint, error: ListenError, instead: Option<&Endpoint>) -> String {
        let Endpoint { host, port } = at;
        let instead = instead.map(|other| self.instead(at, other));
        match (self, error) {
            (Self::En, ListenError::PortInUse) => match instead {
                Some(free) => format!("Port {port} is in use by another program. Use {free}?"),
                None => format!("Port {port} is in use by another program. Choose another port."),
            },
            (Self::Ko, ListenError::PortInUse) => match instead {
                Some(free) => {
                    let free = Particle::Object.after(&free);
                    format!("{port}번 포트는 이미 사용 중입니다. {free} 사용할까요?")
                }
                None => format!("{port}번 포트는 이미 사용 중입니다. 다른 포트를 입력하세요."),
            },
            (Self::En, ListenError::NotOurAddress) => match instead {
                Some(ours) => {
                    format!("{host} is not an address of this computer. Listen on {ours}?")
                }
                None => format!("{host} is not an address of this computer."),
            },
            (Self::Ko, ListenError::NotOurAddress) => {
                let host = Particle::Topic.after(host);
                match instead {
                    Some(ours) => {
                        format!("{host} 이 컴퓨터의 주소가 아닙니다. {ours}에서 연결을 받을까요?")
                    }
                    None => format!("{host} 이 컴퓨터의 주소가 아닙니다."),
                }
            }
            (Self::En, ListenError::NoPermission) => match instead {
                Some(free) => format!(
                    "Ports below 1024, such as {port}, need administrator rights. Use {free}?"
                ),
                None => format!("Ports below 1024, such as {port}, need administrator rights."),
            },
            (Self::Ko, ListenError::NoPermission) => match instead {
                Some(free) => format!(
                    "{port}번처럼 1024보다 작은 포트에는 관리자 권한이 필요합니다. {} 사용할까요?",
                    Particle::Object.after(&free)
                ),
                None => format!("{port}번처럼 1024보다 작은 포트에는 관리자 권한이 필요합니다."),
            },
            (Self::En, ListenError::UnknownHost) => format!(
                "No computer named “{host}” was found. Enter an address of this computer, such as 127.0.0.1."
            ),
            (Self::Ko, ListenError::UnknownHost) => format!(
                "‘{host}’ 주소를 찾을 수 없습니다. 127.0.0.1처럼 이 컴퓨터의 주소를 입력하세요."
            ),
            (_, ListenError::Other(ErrorKind::InvalidInput)) => self.unusable_address(at),
            (Self::En, ListenError::Other(kind)) => format!("Couldn't listen on {at}: {kind}."),
            (Self::Ko, ListenError::Other(kind)) => {
                format!("{at}에서 연결을 받을 수 없습니다: {kind}.")
            }
        }
    }

    fn connect_error(self, call: &Call, error: ConnectError, contacts: &Contacts) -> String {
        let (to, host) = (&call.to, &call.to.host);
        match (self, error) {
            (Self::En, ConnectError::UnknownHost) => format!(
                "No computer named “{host}” was found. Check the name, or enter an address such as 192.168.0.5."
            ),
            (Self::Ko, ConnectError::UnknownHost) => format!(
                "‘{host}’ 주소를 찾을 수 없습니다. 이름을 확인하거나 192.168.0.5 같은 주소를 입력해 보세요."
            ),
            (Self::En, ConnectError::Refused) => format!(
                "No one is listening at {to}. Has the other person clicked Listen, with the same port?"
            ),
            (Self::Ko, ConnectError::Refused) => format!(
                "{to}에서 연결을 받는 프로그램이 없습니다. 상대방이 같은 포트로 ‘연결 받기’를 눌렀나요?"
            ),
            (Self::En, ConnectError::TimedOut) => format!(
                "{to} doesn't answer. Is the address right, and does the other computer's firewall let Duologue through?"
            ),
            (Self::Ko, ConnectError::TimedOut) => format!(
                "{to}에서 응답이 없습니다. 주소가 맞는지, 상대 컴퓨터의 방화벽이 막고 있지 않은지 확인하세요."
            ),
            (Self::En, ConnectError::Unreachable) => {
                format!("{to} can't be reached. Are both computers on the same network?")
            }
            (Self::Ko, ConnectError::Unreachable) => {
                format!("{to}에 연결할 수 없습니다. 두 컴퓨터가 같은 네트워크에 있나요?")
            }
            (_, ConnectError::AnswersPlain | ConnectError::NotEncrypted) => {
                self.no_encryption(call, error, contacts)
            }
            (Self::En, ConnectError::Incompatible) => {
                format!(
                    "{to} uses a different encryption. Do both of you have the latest Duologue?"
                )
            }
            (Self::Ko, ConnectError::Incompatible) => {
                format!("{to}의 암호화 방식이 다릅니다. 두 사람 모두 최신 Duologue를 쓰고 있나요?")
            }
            (
                _,
                ConnectError::OtherKey {
                    expected,
                    seen,
                    invited,
                },
            ) => match (contacts.get(&seen), invited) {
                (Some(known), _) => self.known_key(call, &expected, known, invited, contacts),
                (None, false) => self.new_key(call, [&expected, &seen], contacts),
                (None, true) => self.not_the_inviter(to),
            },
            (Self::En, ConnectError::OwnKey) => {
                "This is your own program. Enter the other person's address.".to_owned()
            }
            (Self::Ko, ConnectError::OwnKey) => {
                "내 프로그램에 연결했습니다. 상대방의 주소를 입력하세요.".to_owned()
            }
            (Self::En, ConnectError::Busy) => {
                format!("The person at {to} is in another conversation. Try again later.")
            }
            (Self::Ko, ConnectError::Busy) => {
                format!("{to}의 상대방이 다른 대화를 하고 있습니다. 나중에 다시 연결해 보세요.")
            }
            (Self::En, ConnectError::Rejected) => format!(
                "The person at {to} declined. Ask them for an invite link, or reach them another way."
            ),
            (Self::Ko, ConnectError::Rejected) => format!(
                "{to}에서 연결을 거절했습니다. 다른 연락 방법으로 확인하거나 초대 링크를 받아 보세요."
            ),
            (Self::En, ConnectError::Undecided) => {
                format!("No one at {to} has answered your request. Try again later.")
            }
            (Self::Ko, ConnectError::Undecided) => {
                format!("{to}에서 수락도 거절도 하지 않았습니다. 나중에 다시 연결해 보세요.")
            }
            (Self::En, ConnectError::StoreUnreadable) => format!(
                "Saved contacts can't be read, so Duologue can't tell whether the person at {to} is the one you know. Call anyway only if you are sure."
            ),
            (Self::Ko, ConnectError::StoreUnreadable) => format!(
                "저장된 대화 상대를 읽을 수 없어 {to}의 상대가 알던 사람인지 확인할 수 없습니다. 확실할 때만 그래도 연결하세요."
            ),
            (Self::En, ConnectError::HungUp) => {
                format!("{to} hung up before accepting. Try again.")
            }
            (Self::Ko, ConnectError::HungUp) => {
                format!("{to}에서 수락하기 전에 연결을 끊었습니다. 다시 연결해 보세요.")
            }
            (Self::En, ConnectError::NoIdentity) => {
                "This program has no key to encrypt with. Restart it.".to_owned()
            }
            (Self::Ko, ConnectError::NoIdentity) => {
                "암호화할 키가 없습니다. 프로그램을 다시 시작해 보세요.".to_owned()
            }
            (_, ConnectError::Other(ErrorKind::InvalidInput)) => self.unusable_address(to),
            (Self::En, ConnectError::Other(kind)) => format!("Couldn't connect to {to}: {kind}."),
            (Self::Ko, ConnectError::Other(kind)) => format!("{to}에 연결하지 못했습니다: {kind}."),
        }
    }

    /// The system takes the address for no valid one.
    fn unusable_address(self, endpoint: &Endpoint) -> String {
        let host = &endpoint.host;
        let is_link_local = host.to_ascii_lowercase().starts_with("fe80:");
        match (self, is_link_local) {
            (Self::En, true) => format!(
                "{host} needs the name of a network interface, as in fe80::1%eth0, and no network that is connected has such addresses."
            ),
            (Self::Ko, true) => format!(
                "{host} 주소에는 fe80::1%eth0처럼 네트워크 인터페이스 이름이 필요한데, 그런 주소를 쓰는 네트워크가 연결되어 있지 않습니다."
            ),
            (Self::En, false) => format!("{host} is not an address of a single computer."),
            (Self::Ko, false) => format!("{host} 주소는 컴퓨터 한 대의 주소가 아닙니다."),
        }
    }

    fn identity_error(self, error: &IdentityError) -> String {
        match (self, error) {
            (
                _,
                IdentityError::Unreadable(_, ErrorKind::NotADirectory)
                | IdentityError::Unwritable(_, ErrorKind::NotADirectory),
            ) => self.no_folder().to_owned(),
            (Self::En, IdentityError::Damaged(path)) => format!(
                "Your key file is damaged, so nothing can be encrypted: {}. If you create a new key, your contacts have to accept you again.",
                path.display()
            ),
            (Self::Ko, IdentityError::Damaged(path)) => format!(
                "키 파일이 손상되어 암호화할 수 없습니다: {}. 새 키를 만들면 대화 상대가 나를 다시 수락해야 합니다.",
                path.display()
            ),
            (Self::En, IdentityError::Unreadable(path, kind)) => format!(
                "Your key file can't be read, so nothing can be encrypted: {} ({kind}). Fix that, then restart Duologue.",
                path.display()
            ),
            (Self::Ko, IdentityError::Unreadable(path, kind)) => format!(
                "키 파일을 읽을 수 없어 암호화할 수 없습니다: {} ({kind}). 문제를 해결한 뒤 Duologue를 다시 시작하세요.",
                path.display()
            ),
            (Self::En, IdentityError::Unwritable(path, kind)) => format!(
                "Your key file can't be saved, so nothing can be encrypted: {} ({kind}). Fix that, then restart Duologue.",
                path.display()
            ),
            (Self::Ko, IdentityError::Unwritable(path, kind)) => format!(
                "키 파일을 저장할 수 없어 암호화할 수 없습니다: {} ({kind}). 문제를 해결한 뒤 Duologue를 다시 시작하세요.",
                path.display()
            ),
            (Self::En, IdentityError::NoRandomness) => {
                "This computer provides no random numbers, so nothing can be encrypted. Restart Duologue.".to_owned()
            }
            (Self::Ko, IdentityError::NoRandomness) => {
                "이 컴퓨터에서 난수를 얻을 수 없어 암호화할 수 없습니다. Duologue를 다시 시작해 보세요.".to_owned()
            }
        }
    }

    /// Why contacts and messages can't be read or saved.
    pub fn store_error(self, error: StoreError) -> String {
        match (self, error) {
            (_, StoreError::Io(ErrorKind::StorageFull | ErrorKind::QuotaExceeded)) => {
                self.disk_full().to_owned()
            }
            (_, StoreError::DiskLow) => self.disk_low().to_owned(),
            (
                _,
                StoreError::Io(ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied),
            ) => self.folder_read_only().to_owned(),
            (_, StoreError::Io(ErrorKind::NotADirectory)) => self.no_folder().to_owned(),
            (Self::En, StoreError::NoLocks) => {
                "Duologue's folder is on a disk or network share without file locks, so contacts and messages can't be saved safely there. Nothing is saved or delivered. Use another folder (--data-dir).".to_owned()
            }
            (Self::Ko, StoreError::NoLocks) => {
                "Duologue의 폴더가 있는 디스크나 네트워크 공유에 파일 잠금 기능이 없어 대화 상대와 메시지를 안전하게 저장할 수 없습니다. 저장과 전달이 되지 않습니다. 다른 폴더를 사용하세요(--data-dir).".to_owned()
            }
            (Self::En, StoreError::NoSharedMemory) => {
                "Duologue's folder is on a disk or network share that a database can't be kept on. Nothing is saved or delivered. Use another folder (--data-dir).".to_owned()
            }
            (Self::Ko, StoreError::NoSharedMemory) => {
                "Duologue의 폴더가 있는 디스크나 네트워크 공유에는 데이터베이스를 둘 수 없습니다. 저장과 전달이 되지 않습니다. 다른 폴더를 사용하세요(--data-dir).".to_owned()
            }
            (Self::En, StoreError::Newer) => {
                "The saved data is from a newer version of Duologue: no one is recognised, and nothing is saved or delivered. Use the newer version.".to_owned()
            }
            (Self::Ko, StoreError::Newer) => {
                "저장된 데이터가 더 새로운 버전의 Duologue의 것이라 대화 상대를 알아볼 수 없고, 저장이나 전달도 할 수 없습니다. 새 버전을 사용하세요.".to_owned()
            }
            (Self::En, StoreError::Busy) => {
                "Another program is using Duologue's data, so the last change was not saved. Messages can't be delivered until it is done.".to_owned()
            }
            (Self::Ko, StoreError::Busy) => {
                "다른 프로그램이 Duologue의 데이터를 사용하고 있어 방금 바뀐 내용을 저장하지 못했습니다. 사용이 끝날 때까지 메시지가 전달되지 않습니다.".to_owned()
            }
            (Self::En, StoreError::Io(kind)) => {
                format!("Contacts and messages can't be read or saved: {kind}. Messages can't be delivered until then.")
            }
            (Self::Ko, StoreError::Io(kind)) => {
                format!("대화 상대와 메시지를 읽거나 저장할 수 없습니다: {kind}. 그동안 메시지가 전달되지 않습니다.")
            }
            (Self::En, StoreError::Damaged) => {
                "The file with your contacts and messages is damaged. Restart Duologue: it moves the file aside and starts a new one.".to_owned()
            }
            (Self::Ko, StoreError::Damaged) => {
                "대화 상대와 메시지가 저장된 파일이 손상되었습니다. Duologue를 다시 시작하면 따로 보관하고 새로 만듭니다.".to_owned()
            }
        }
    }

    /// Why contacts and messages can't be opened, and what that means.
    pub fn store_closed(self, error: StoreError) -> String {
        let why = match (self, error) {
            // These last, and say what they mean.
            (_, StoreError::Newer | StoreError::Io(ErrorKind::NotADirectory)) => {
                return self.store_error(error);
            }
            (Self::En, StoreError::Busy) => {
                "Another program is using the file with your contacts and messages.".to_owned()
            }
            (Self::Ko, StoreError::Busy) => {
                "다른 프로그램이 대화 상대와 메시지 파일을 사용하고 있습니다.".to_owned()
            }
            _ => self.store_error(error),
        };
        format!("{why} {}", self.until_store_opens())
    }

    /// Why nothing could be recovered from a damaged store.
    pub fn salvage_error(self, error: StoreError) -> String {
        match error {
            StoreError::Damaged => self.nothing_to_recover().to_owned(),
            other => self.store_error(other),
        }
    }

    /// Why a conversation can't be exported.
    pub fn export_error(self, error: ExportError) -> String {
        let reason = match (self, error) {
            (_, ExportError::Store(error)) => return self.store_error(error),
            (Self::En, ExportError::Io(ErrorKind::StorageFull | ErrorKind::QuotaExceeded)) => {
                "the disk is full".to_owned()
            }
            (Self::Ko, ExportError::Io(ErrorKind::StorageFull | ErrorKind::QuotaExceeded)) => {
                "디스크에 빈 공간이 없습니다".to_owned()
            }
            (
                Self::En,
                ExportError::Io(ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem),
            ) => "you may not write to that folder".to_owned(),
            (
                Self::Ko,
                ExportError::Io(ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem),
            ) => "그 폴더에 저장할 권한이 없습니다".to_owned(),
            (Self::En, ExportError::Io(ErrorKind::NotFound | ErrorKind::NotADirectory)) => {
                "the folder does not exist".to_owned()
            }
            (Self::Ko, ExportError::Io(ErrorKind::NotFound | ErrorKind::NotADirectory)) => {
                "그 폴더가 없습니다".to_owned()
            }
            (_, ExportError::Io(kind)) => kind.to_string(),
            (_, ExportError::Busy) => self.busy().trim_end_matches('.').to_owned(),
            (Self::En, ExportError::Gone) => {
                "saved messages can't be read any more. Restart Duologue".to_owned()
            }
            (Self::Ko, ExportError::Gone) => {
                "저장된 메시지를 더 이상 읽을 수 없습니다. Duologue를 다시 시작해 보세요".to_owned()
            }
        };
        match self {
            Self::En => format!("The conversation couldn't be exported: {reason}."),
            Self::Ko => format!("대화를 내보내지 못했습니다: {reason}."),
        }
    }

    /// Why an invite can't be used.
    pub fn invite_error(self, error: InviteError) -> &'static str {
        match (self, error) {
            (Self::En, InviteError::NotAnInvite | InviteError::BadKey | InviteError::BadToken) => {
                "This invite link is incomplete. Copy all of it, or ask for a new one."
            }
            (Self::Ko, InviteError::NotAnInvite | InviteError::BadKey | InviteError::BadToken) => {
                "초대 링크의 일부가 빠졌거나 잘못되었습니다. 전체를 복사하거나 새로 받으세요."
            }
            (Self::En, InviteError::BadHost) => {
                "This invite link has no address to connect to. Ask for a new one."
            }
            (Self::Ko, InviteError::BadHost) => {
                "이 초대 링크에는 연결할 주소가 없습니다. 새로 받으세요."
            }
            (Self::En, InviteError::TooLong) => "This is too long to be an invite link.",
            (Self::Ko, InviteError::TooLong) => "초대 링크라고 하기에는 너무 깁니다.",
        }
    }

    /// What is wrong with the host or port field.
    pub fn field_error(self, error: EndpointError) -> &'static str {
        match (self, error) {
            (Self::En, EndpointError::EmptyHost) => "Enter the name or address of a computer.",
            (Self::Ko, EndpointError::EmptyHost) => "컴퓨터의 이름이나 주소를 입력하세요.",
            (Self::En, EndpointError::BadHost) => "This is not a valid name or address.",
            (Self::Ko, EndpointError::BadHost) => "올바른 컴퓨터 이름이나 주소가 아닙니다.",
            (Self::En, EndpointError::BadIpv4) => {
                "An IPv4 address is four numbers from 0 to 255, like 192.168.0.5."
            }
            (Self::Ko, EndpointError::BadIpv4) => {
                "IPv4 주소는 192.168.0.5처럼 0부터 255까지의 숫자 네 개입니다."
            }
            (Self::En, EndpointError::BadPort) => "The port must be a number from 1 to 65535.",
            (Self::Ko, EndpointError::BadPort) => "포트는 1부터 65535까지의 숫자입니다.",
            (Self::En, EndpointError::PortZero) => {
                "You can't connect to port 0. Enter the port that the other person sees."
            }
            (Self::Ko, EndpointError::PortZero) => {
                "0번 포트로는 연결할 수 없습니다. 상대방에게 보이는 포트를 입력하세요."
            }
        }
    }

    /// Why a text was not sent; `None` if that is obvious.
    pub fn refusal(self, refusal: &Refusal) -> Option<String> {
        match refusal {
            Refusal::Empty => None,
            Refusal::NotConnected => Some(self.nobody_there().to_owned()),
            Refusal::TooLong { bytes } => Some(match self {
                Self::En => format!(
                    "This is too long for one message: {} KiB of at most {} KiB.",
                    bytes.div_ceil(1024),
                    MESSAGE_CAP / 1024
                ),
                Self::Ko => format!(
                    "메시지가 너무 깁니다: {} KiB(최대 {} KiB).",
                    bytes.div_ceil(1024),
                    MESSAGE_CAP / 1024
                ),
            }),
            Refusal::Unencodable(Unencodable {
                charset,
                characters,
            }) => {
                let list = characters
                    .iter()
                    .map(char::to_string)
                    .collect::<Vec<_>>()
                    .join(" ");
                Some(match self {
                    Self::En => format!("{charset} can't represent {list}"),
                    Self::Ko => format!("{charset}에 없는 글자입니다: {list}"),
                })
            }
            Refusal::WhichCharset => Some(self.which_charset().to_owned()),
        }
    }
}
