"""One repository for each kind of entity; ``get`` raises NotFound, ``find`` returns None."""

from barbican_like.model.repositories.acls import AclRepo, ContainerAclRepo, SecretAclRepo
from barbican_like.model.repositories.consumers import ContainerConsumerRepo, SecretConsumerRepo
from barbican_like.model.repositories.containers import ContainerRepo
from barbican_like.model.repositories.keys import KeyringTermRepo, ProjectKeyRepo
from barbican_like.model.repositories.leases import LeaseRepo
from barbican_like.model.repositories.metadata import SecretMetadataRepo
from barbican_like.model.repositories.order_passphrases import OrderPassphraseRepo
from barbican_like.model.repositories.orders import OrderRepo
from barbican_like.model.repositories.projects import ProjectRepo
from barbican_like.model.repositories.quotas import QuotaRepo
from barbican_like.model.repositories.sealed_values import SealedValueRepo
from barbican_like.model.repositories.secret_stores import SecretStoreRepo
from barbican_like.model.repositories.secrets import SecretRepo
from barbican_like.model.repositories.task_desk import TaskDesk
from barbican_like.model.repositories.tasks import TaskRepo
from barbican_like.model.repositories.transport_keys import TransportKeyRepo

__all__ = [
    "AclRepo",
    "ContainerAclRepo",
    "ContainerConsumerRepo",
    "ContainerRepo",
    "KeyringTermRepo",
    "LeaseRepo",
    "OrderPassphraseRepo",
    "OrderRepo",
    "ProjectKeyRepo",
    "ProjectRepo",
    "QuotaRepo",
    "SealedValueRepo",
    "SecretAclRepo",
    "SecretConsumerRepo",
    "SecretMetadataRepo",
    "SecretRepo",
    "SecretStoreRepo",
    "TaskDesk",
    "TaskRepo",
    "TransportKeyRepo",
]
