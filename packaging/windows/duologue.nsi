; The installer for Windows: for this user only, so it needs no administrator. scripts/windows.sh runs it through makensis.
;
;   /S        installs without a window (the uninstaller, too); ends with 2 if Duologue is open
;   /D=PATH   installs there

Unicode true
; The program is for 64 bits only, too.
Target amd64-unicode
SetCompressor /SOLID lzma
RequestExecutionLevel user
ManifestDPIAware true
ManifestSupportedOS all

!include MUI2.nsh

!define NAME "Duologue"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\${NAME}"
!define LINKS "Software\Classes\duologue"

Name "${NAME}"
OutFile "${OUT}"
; Where an earlier version was installed, or where programs of one user belong.
InstallDir "$LOCALAPPDATA\Programs\${NAME}"
InstallDirRegKey HKCU "${UNINSTALL}" "InstallLocation"

VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "${NAME}"
VIAddVersionKey "FileDescription" "${NAME} ${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "CompanyName" "The Duologue contributors"
VIAddVersionKey "LegalCopyright" "MIT OR Apache-2.0"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_ABORTWARNING
!define MUI_FINISHPAGE_RUN "$INSTDIR\duologue.exe"

!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
; Windows chooses the one that the person has; English for everybody else.
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "Korean"

LangString IS_OPEN ${LANG_ENGLISH} "Duologue is open. Close all its windows, then click Retry."
LangString IS_OPEN ${LANG_KOREAN} "Duologue가 열려 있습니다. 창을 모두 닫은 다음 [다시 시도]를 누르세요."
LangString LINK_KIND ${LANG_ENGLISH} "URL:Duologue invite"
LangString LINK_KIND ${LANG_KOREAN} "URL:Duologue 초대"

; Windows lets nobody write to a program that runs.
!macro STOP_WHILE_OPEN FILE
  retry_${FILE}:
    ClearErrors
    IfFileExists "$INSTDIR\duologue.${FILE}" 0 closed_${FILE}
    FileOpen $0 "$INSTDIR\duologue.${FILE}" a
    IfErrors 0 close_${FILE}
    MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(IS_OPEN)" /SD IDCANCEL IDRETRY retry_${FILE}
    SetErrorLevel 2
    Quit
  close_${FILE}:
    FileClose $0
  closed_${FILE}:
!macroend

Section
  !insertmacro STOP_WHILE_OPEN exe
  !insertmacro STOP_WHILE_OPEN com
  SetOutPath "$INSTDIR"
  File "${FILES}\duologue.exe"
  File "${FILES}\duologue.com"
  File "${FILES}\LICENSE-MIT"
  File "${FILES}\LICENSE-APACHE"
  File "${FILES}\LICENCES.txt"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortCut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\duologue.exe"

  WriteRegStr HKCU "${LINKS}" "" "$(LINK_KIND)"
  WriteRegStr HKCU "${LINKS}" "URL Protocol" ""
  WriteRegStr HKCU "${LINKS}\DefaultIcon" "" "$INSTDIR\duologue.exe,0"
  ; After "--" nothing is an option, whatever the link contains.
  WriteRegStr HKCU "${LINKS}\shell\open\command" "" '"$INSTDIR\duologue.exe" -- "%1"'

  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "${NAME}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\duologue.exe"
  WriteRegStr HKCU "${UNINSTALL}" "Publisher" "The Duologue contributors"
  WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL}" "EstimatedSize" ${KIB}
  WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
SectionEnd

; Contacts, messages and settings are elsewhere, in the person's own folder, and stay. So do other files in this folder.
Section "Uninstall"
  !insertmacro STOP_WHILE_OPEN exe
  !insertmacro STOP_WHILE_OPEN com
  Delete "$INSTDIR\duologue.exe"
  Delete "$INSTDIR\duologue.com"
  Delete "$INSTDIR\LICENSE-MIT"
  Delete "$INSTDIR\LICENSE-APACHE"
  Delete "$INSTDIR\LICENCES.txt"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\${NAME}.lnk"
  ; Somebody may have installed another copy meanwhile, which opens the links now.
  ReadRegStr $0 HKCU "${LINKS}\shell\open\command" ""
  StrCmp $0 '"$INSTDIR\duologue.exe" -- "%1"' 0 +2
  DeleteRegKey HKCU "${LINKS}"
  DeleteRegKey HKCU "${UNINSTALL}"
SectionEnd
