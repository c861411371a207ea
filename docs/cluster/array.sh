#!/bin/sh
# A Slurm array job: sbatch array.sh PICTURES OUT [more flags of gazectl analyze]
#SBATCH --job-name=gaze
#SBATCH --array=0-7
#SBATCH --cpus-per-task=4
#SBATCH --mem=4G
#SBATCH --time=04:00:00
#SBATCH --requeue
set -eu
pictures=$1 out=$2
shift 2
# Exit status 1 says that some picture could not be read: gazectl merge lists it.
gazectl analyze "$pictures" --out "$out" --shard auto --resume --device cpu --threads "$SLURM_CPUS_PER_TASK" "$@" || [ $? -eq 1 ]
