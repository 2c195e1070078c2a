"""The faults R1 to R13 (../shared/performance.md 5), one file each: `run(place, size)`."""
