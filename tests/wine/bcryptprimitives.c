/* The one function of this library of Windows that Rust's standard library calls; for tests under Wine 8, which lacks it. */
#include <windows.h>

/* In advapi32, which Wine has: RtlGenRandom. */
BOOLEAN NTAPI SystemFunction036(PVOID bytes, ULONG length);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T length)
{
    return SystemFunction036(bytes, (ULONG)length);
}
